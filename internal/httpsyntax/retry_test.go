package httpsyntax

import (
	"math"
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		value string
		want  time.Duration
		ok    bool
	}{
		{"0", 0, true},
		{" 120 ", 2 * time.Minute, true},
		{now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second, true},
		{now.Add(-time.Hour).Format(http.TimeFormat), 0, true},
		{"99999999999999999999", math.MaxInt64, true},
		{"", 0, false},
		{"-1", 0, false},
		{"1.5", 0, false},
		{"soon", 0, false},
	} {
		if got, ok := RetryAfter([]string{tt.value}, now); got != tt.want || ok != tt.ok {
			t.Errorf("%q: %v %v, want %v %v", tt.value, got, ok, tt.want, tt.ok)
		}
	}
	if _, ok := RetryAfter(nil, now); ok {
		t.Error("a wait without a header")
	}
}
