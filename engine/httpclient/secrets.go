package httpclient

import (
	"slices"
	"strings"
	"sync"
)

// maxLearned bounds the credentials that a client remembers: tokens expire.
const maxLearned = 64

// secrets has what a client hides: the values of the options, and the latest
// credentials that were sent.
type secrets struct {
	headers func(name string) bool
	always  []string

	mu      sync.Mutex
	learned []string
	now     *redactor // of both; its values are not changed
}

func newSecrets(opts Options) *secrets {
	s := &secrets{headers: func(name string) bool { return isSecret(name, opts.SecretHeaders) }, always: opts.Secrets}
	s.now = s.build()
	return s
}

func (s *secrets) build() *redactor {
	r := &redactor{headers: s.headers}
	r.add(s.always...)
	r.add(s.learned...)
	return r
}

// learn adds the credentials in the values of header fields that were sent.
func (s *secrets) learn(values []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		if slices.Contains(s.learned, v) {
			continue
		}
		s.learned = append(s.learned, credentials(v)...)
		s.learned = s.learned[max(0, len(s.learned)-maxLearned):]
		s.now = s.build()
	}
}

// redactor returns a redactor that hides what is known, to which more can be added.
func (s *secrets) redactor() *redactor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &redactor{headers: s.headers, values: slices.Clone(s.now.values)}
}

// Hide hides credentials in a text that has values from responses, also those that the
// end of the text cuts off.
func (c *Client) Hide(text string) string {
	r := c.secrets.redactor()
	text = r.text(text)
	begin, cut := strings.CutSuffix(text, hidden)
	for _, v := range r.values {
		for n := len(v) - 1; cut && n >= shortest; n-- {
			if rest, ok := strings.CutSuffix(begin, v[:n]); ok {
				return rest + hidden
			}
		}
	}
	return text
}
