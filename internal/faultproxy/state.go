package faultproxy

import (
	"slices"
	"sync"
)

// maxTexts bounds the number of expanded texts that are kept to count and
// compare exchanges. Exchanges with further texts are not altered.
const maxTexts = 1 << 14

// maxRemembered bounds the number of remembered responses, maxRememberedBody
// the body of each in bytes.
const (
	maxRemembered     = 1000
	maxRememberedBody = 1 << 20
)

// state is the state of a proxy across exchanges.
type state struct {
	mu         sync.Mutex
	counts     map[text]int
	armed      map[text]bool
	remembered map[string]*response
}

// text identifies an expanded template of an alteration.
type text struct {
	index int
	text  string
}

func (s *state) init(list []*alteration) {
	s.counts, s.armed, s.remembered = map[text]int{}, map[text]bool{}, map[string]*response{}
}

// turn counts an exchange with the traits of an alteration and reports whether
// the alteration applies to it. It returns the number of the exchange.
func (s *state) turn(a *alteration, x *exchange, vars map[string]string) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isArmed(a, vars) {
		return 0, false
	}
	key := text{a.index, expand(a.On.Per, vars)}
	n, known := s.counts[key]
	if !known && len(s.counts) >= maxTexts {
		return 0, false
	}
	n++
	s.counts[key] = n
	on := &a.On
	return n, (len(on.Nth) == 0 || slices.Contains(on.Nth, n)) && n >= on.From && (on.Every == 0 || n%on.Every == 0)
}

// isArmed reports whether the conditions After and Until of an alteration hold.
func (s *state) isArmed(a *alteration, vars map[string]string) bool {
	on := &a.On
	if on.After != nil && !s.armed[text{2 * a.index, expand(on.After.Same, vars)}] {
		return false
	}
	return on.Until == nil || !s.armed[text{2*a.index + 1, expand(on.Until.Same, vars)}]
}

// note records an exchange for the After and Until of all alterations.
func (s *state) note(x *exchange) {
	for _, a := range x.p.list {
		if a.after != nil {
			s.event(x, a.after, 2*a.index, a.On.After.Same, true)
		}
		if a.until != nil {
			s.event(x, a.until, 2*a.index+1, a.On.Until.Same, true)
			// An exchange that matches After also ends the effect of Until.
			if a.after != nil {
				s.event(x, a.after, 2*a.index+1, a.On.Until.Same, false)
			}
		}
	}
}

func (s *state) event(x *exchange, t *traits, index int, same string, yes bool) {
	vars := x.vars()
	if !t.match(x, vars) {
		return
	}
	x.resp.describe(vars)
	key := text{index, expand(same, vars)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !yes {
		delete(s.armed, key)
	} else if len(s.armed) < maxTexts {
		s.armed[key] = true
	}
}

// remember stores a response under a name, replacing an earlier one.
func (s *state) remember(name string, r *response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if (s.remembered[name] != nil || len(s.remembered) < maxRemembered) && len(r.body) <= maxRememberedBody {
		s.remembered[name] = r.clone()
	}
}

// recall returns a copy of the response stored under a name, or nil.
func (s *state) recall(name string) *response {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.remembered[name]; r != nil {
		return r.clone()
	}
	return nil
}
