package endpoint

const (
	schemeComplaint = "Start the URL with https://, because a token is sent to it."
	hostComplaint   = "Add the host after https://, as in https://host."
	portComplaint   = "Remove the port and the colon before it: only port 443 is used, and https implies it."
)

// forbiddenMark is a character that a provider's URL never needs and that parsers disagree about or that carries secrets.
type forbiddenMark struct{ mark, complaint string }

func forbidden() [5]forbiddenMark {
	return [...]forbiddenMark{
		{`\`, "Remove the backslash from the URL; only forward slashes belong in it."},
		{"@", "Remove the @ sign and what belongs to it: a URL with a user name or password is not stored."},
		{"#", "Remove the # and everything after it from the URL."},
		{"?", "Remove the question mark and everything after it from the URL."},
		{"%", "Remove the % sign from the URL and write what it stands for in plain letters."},
	}
}
