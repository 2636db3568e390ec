package providertest

import "strings"

func characters() []URL {
	return []URL{
		{"a space before", " https://{HOST}"},
		{"a space after", "https://{HOST} "},
		{"a space inside", "https://{HOST} .evil.example"},
		{"a tab before", "\thttps://{HOST}"},
		{"a tab inside the scheme", "ht\ttps://{HOST}"},
		{"a line feed inside the host", "https://{HOST}\n.evil.example"},
		{"a header behind a line break", "https://{HOST}\r\nX-Token: {CANARY}"},
		{"a NUL", "https://{HOST}\x00.evil.example"},
		{"a delete", "https://{HOST}\x7f"},
		{"a no-break space", "https://{HOST}\u00a0"},
		{"a line separator", "https://{HOST}\u2028"},
		{"a byte order mark", "\ufeffhttps://{HOST}"},
		{"a right-to-left override", "https://\u202e{HOST}"},
		{"bytes that are no text", "https://{HOST}\xff"},
		{"a backslash for a slash", `https:\\{HOST}`},
		{"a backslash behind the host", `https://{HOST}\.evil.example`},
		{"a quote", `https://{HOST}"`},
		{"an angle bracket", "https://{HOST}<script>"},
	}
}

func tails() []URL {
	return []URL{
		{"a query", "https://{HOST}?access_token={CANARY}"},
		{"a query behind a slash", "https://{HOST}/?access_token={CANARY}"},
		{"an empty query", "https://{HOST}?"},
		{"a fragment", "https://{HOST}#access_token={CANARY}"},
		{"an empty fragment", "https://{HOST}/#"},
		{"a token as path", "https://{HOST}/{CANARY}"},
		{"a path that climbs", "https://{HOST}/api/../../evil"},
		{"a path that climbs, escaped", "https://{HOST}/api/%2e%2e/evil"},
		{"a dot as path", "https://{HOST}/./"},
		{"another host in the path", "https://{HOST}//evil.example"},
		{"a parameter in the path", "https://{HOST}/;evil"},
		{"too long", "https://{HOST}/" + strings.Repeat("a", 2048)},
		{"much too long", "https://" + strings.Repeat("a.", 1<<14) + "{HOST}"},
	}
}
