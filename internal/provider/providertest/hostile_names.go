package providertest

func schemes() []URL {
	return []URL{
		{"plain http", "http://{HOST}"},
		{"plain http on 443", "http://{HOST}:443"},
		{"ftp", "ftp://{HOST}"},
		{"file", "file:///etc/passwd"},
		{"gopher", "gopher://{HOST}/_x"},
		{"javascript", "javascript:alert(1)//{HOST}"},
		{"data", "data:text/plain,https://{HOST}"},
		{"web socket", "wss://{HOST}"},
		{"a longer scheme", "xhttps://{HOST}"},
		{"scheme without slashes", "https:{HOST}"},
		{"scheme with one slash", "https:/{HOST}"},
		{"scheme with three slashes", "https:///{HOST}"},
		{"no scheme, two slashes", "//{HOST}"},
		{"empty scheme", "://{HOST}"},
		{"no colon", "https//{HOST}"},
		{"scheme alone", "https://"},
		{"scheme twice", "https://https://{HOST}"},
		{"nothing", ""},
	}
}

func userInfo() []URL {
	return []URL{
		{"the allowed host as user", "https://{HOST}@evil.example"},
		{"the allowed host and port as user and password", "https://{HOST}:443@evil.example"},
		{"a user", "https://{CANARY}@{HOST}"},
		{"a user and a password", "https://user:{CANARY}@{HOST}"},
		{"an empty user", "https://@{HOST}"},
		{"an empty user and password", "https://:@{HOST}"},
		{"two at signs", "https://a@{HOST}@evil.example"},
		{"an escaped at sign", "https://{HOST}%40evil.example"},
		{"an at sign behind a fragment", "https://{HOST}#@evil.example"},
		{"an at sign behind a query", "https://{HOST}?@evil.example"},
		{"an at sign behind a backslash", `https://{HOST}\@evil.example`},
		{"a backslash behind another host", `https://evil.example\@{HOST}`},
		{"no scheme, a user", "user:{CANARY}@{HOST}"},
	}
}

func lookalikes() []URL {
	return []URL{
		{"another host", "https://evil.example"},
		{"another host without scheme", "evil.example"},
		{"the allowed host as subdomain", "https://{HOST}.evil.example"},
		{"the allowed host as end of a name", "https://evil-{HOST}"},
		{"a subdomain of the allowed host", "https://evil.{HOST}"},
		{"the allowed host in the path", "https://evil.example/{HOST}"},
		{"the allowed host in the fragment", "https://evil.example#{HOST}"},
		{"the allowed host in the query", "https://evil.example?{HOST}"},
		{"a dot at the end", "https://{HOST}."},
		{"two dots at the end", "https://{HOST}.."},
		{"a dot at the start", "https://.{HOST}"},
		{"a wildcard", "https://*.{HOST}"},
		{"two hosts", "https://{HOST},evil.example"},
		{"a semicolon", "https://{HOST};evil.example"},
		{"an escaped letter", "https://{%HOST}"},
		{"an escaped dot", "https://{HOST}%2eevil.example"},
		{"an escaped slash", "https://{HOST}%2f.evil.example"},
		{"an escaped NUL", "https://{HOST}%00.evil.example"},
		{"full-width letters", "https://{WIDE}"},
		{"a Cyrillic letter", "https://{CYRILLIC}"},
		{"ideographic full stops", "https://{DOTS}"},
		{"punycode", "https://xn--{HOST}"},
		{"a zero-width space", "https://{HOST}\u200b"},
		{"a soft hyphen", "https://\u00ad{HOST}"},
		{"the allowed host in brackets", "https://[{HOST}]"},
		{"no host, a port", "https://:443"},
	}
}

func ports() []URL {
	return []URL{
		{"another port", "https://{HOST}:444"},
		{"port 80", "https://{HOST}:80"},
		{"port 0", "https://{HOST}:0"},
		{"an empty port", "https://{HOST}:"},
		{"a leading zero", "https://{HOST}:0443"},
		{"a sign", "https://{HOST}:+443"},
		{"a negative port", "https://{HOST}:-443"},
		{"a port beyond 16 bits", "https://{HOST}:65979"},
		{"a port that overflows to 443", "https://{HOST}:18446744073709552059"},
		{"two ports", "https://{HOST}:443:443"},
		{"a name as port", "https://{HOST}:https"},
		{"full-width digits", "https://{HOST}:４４３"},
		{"another port without scheme", "{HOST}:8443"},
	}
}
