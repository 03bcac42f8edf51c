package published

import (
	"regexp"
	"slices"
	"strings"
)

// hidden replaces credentials.
const hidden = "***"

// secretName matches names of variables and fields with credentials.
const secretName = `[A-Za-z0-9_.-]*(?i:password|passwd|pwd|token|secret|api_?-?key|credential|licen[cs]e_?-?key|access_?-?key|private_?-?key)[A-Za-z0-9_]*`

var (
	secretNameRE  = regexp.MustCompile(`^` + secretName + `$`)
	placeholderRE = regexp.MustCompile(`^(<[^>]*>|\$.*|\*+|x+|\{\{.*|…|REDACTED|true|false|[01]|)$`)
	// Each expression has the groups: text before, the credential, text after.
	secretREs = []*regexp.Regexp{
		regexp.MustCompile(`(\b` + secretName + `["']?[ \t]*[=:][ \t]*)("[^"\n]*"|'[^'\n]*'|<[^>\n]*>|[^\s"'<>&,;]+)()`),
		regexp.MustCompile(`((?i:authorization["']?\s*[=:]\s*["'\[]*)(?:[A-Za-z]+ +)?)([^\s"'\]<]+)()`),
		regexp.MustCompile(`(\b(?i:bearer|basic) +)([A-Za-z0-9._~+/=-]{12,}|\*+)()`),
		regexp.MustCompile(`(://)([^/\s@"'<>]+)(@)`),
		regexp.MustCompile(`((?i:--(?:password|token|secret|api-key))[ =]+)("[^"\n]*"|'[^'\n]*'|\S+)()`),
		regexp.MustCompile(`(login\b[^\n|]*? -p[ =]*)("[^"\n]*"|'[^'\n]*'|\S+)()`),
		regexp.MustCompile(`([?&](?i:sig|signature|jwt|code|x-amz-[a-z-]+|x-goog-[a-z-]+|key-pair-id|policy)=)([^&\s"'<>]+)()`),
		regexp.MustCompile(`()(\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)()`),
		regexp.MustCompile(`()(\b(?:gh[pousr]_|github_pat_|glpat-|dckr_pat_|AKIA|ASIA|xox[abp]-)[A-Za-z0-9_-]{10,})()`),
		regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?)(-----END|$)`),
	}
)

// redactor replaces credentials. A credential found in one text is also replaced
// in all later ones.
type redactor struct {
	found []string
	n     int // number of replacements
}

// text returns s with its credentials replaced. Placeholders such as <password>
// and $TOKEN remain.
func (r *redactor) text(s string) string {
	for _, re := range secretREs {
		s = re.ReplaceAllStringFunc(s, func(m string) string {
			g := re.FindStringSubmatch(m)
			if g == nil {
				return hidden
			}
			value := strings.Trim(g[2], `"'`)
			if placeholderRE.MatchString(value) {
				return m
			}
			r.learn(value)
			return g[1] + hidden + g[3]
		})
	}
	for _, secret := range r.found {
		r.n += strings.Count(s, secret)
		s = strings.ReplaceAll(s, secret, hidden)
	}
	return s
}

// value returns the value of a setting.
func (r *redactor) value(name, value string) string {
	if secretNameRE.MatchString(name) && !placeholderRE.MatchString(value) {
		r.learn(value)
		return hidden
	}
	return r.text(value)
}

// learn remembers a credential. Short ones are left out: replacing them would
// destroy other text.
func (r *redactor) learn(secret string) {
	r.n++
	if len(secret) >= 8 && !slices.Contains(r.found, secret) {
		r.found = append(r.found, secret)
	}
}

// HasSecret reports whether a text seems to contain a credential. Placeholders are
// none.
func HasSecret(s string) bool {
	var r redactor
	r.text(s)
	return r.n > 0
}
