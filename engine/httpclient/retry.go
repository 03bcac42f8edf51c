package httpclient

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/ocispec/ocispec/internal/httpsyntax"
)

// retry reports whether to retry a request, and the delay. If not, the error is
// that of the attempt, or of kind TooMany.
func (c *Client) retry(req *Request, a *attempt, retries int) (time.Duration, bool, *Error) {
	left := retries < c.limits.Retries
	if a.err != nil {
		if left && a.resp == nil && repeatable(req, a) {
			return min(250*time.Millisecond<<min(retries, 8), c.limits.RetryAfter), true, nil
		}
		return 0, false, a.err
	}
	wait, given := httpsyntax.RetryAfter(a.resp.Header.Values("Retry-After"), c.now())
	switch {
	case a.resp.Status == http.StatusTooManyRequests:
	case a.resp.Status == http.StatusServiceUnavailable && given:
	case a.resp.Status == http.StatusServiceUnavailable, gateway(a) && !req.Once && (httpsyntax.Safe(req.Method) || retries == 0):
		wait = 250 * time.Millisecond << min(retries, 8)
		if !gateway(a) {
			c.pace.slow(c.now(), wait)
		}
		return wait, left, nil
	default:
		c.pace.speedUp()
		return 0, false, nil
	}
	c.pace.slow(c.now(), 0)
	if !given {
		wait = min(time.Second<<min(retries, 8), c.limits.RetryAfter)
	}
	switch {
	case wait > c.limits.RetryAfter:
		return 0, false, errorf(TooMany, "status %d with a Retry-After of %v, longer than the limit of %v",
			a.resp.Status, wait.Round(time.Second), c.limits.RetryAfter)
	case !left && retries == 0:
		return 0, false, errorf(TooMany, "status %d", a.resp.Status)
	case !left:
		return 0, false, errorf(TooMany, "status %d after %d retries", a.resp.Status, retries)
	}
	return wait, true, nil
}

// Gateway reports whether a status code says that a gateway got no response (RFC 9110,
// sections 15.6.3 and 15.6.5).
func Gateway(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

func gateway(a *attempt) bool { return a.resp != nil && Gateway(a.resp.Status) }

// repeatable reports whether a failed request can be retried without being
// processed twice, and may succeed.
func repeatable(req *Request, a *attempt) bool {
	if a.err.Kind != Network || a.responded {
		return false
	}
	var dns *net.DNSError
	if errors.As(a.err.Err, &dns) {
		return !dns.IsNotFound
	}
	var op *net.OpError
	if errors.As(a.err.Err, &op) && op.Op == "dial" {
		return true
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return !req.Once
	}
	return false
}

// Sleep waits for d. It returns early with the error of ctx if ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func waitEnded(ctx context.Context) *Error {
	if ctx.Err() == nil {
		return errorf(Canceled, "canceled while waiting to retry the request")
	}
	return canceled(ctx)
}
