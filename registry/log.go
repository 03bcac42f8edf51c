package registry

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// recorder is an [http.ResponseWriter] that records the status code and the
// number of body bytes of a response.
type recorder struct {
	http.ResponseWriter
	status int
	size   int64
}

// WriteHeader implements [http.ResponseWriter].
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.ResponseWriter.Write(b)
	r.size += int64(n)
	return n, err
}

// Unwrap returns the underlying writer for [http.ResponseController].
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// log logs a request and its response, at level Error if err is not a problem.
func (r *Registry) log(req *http.Request, rec *recorder, err error, elapsed time.Duration) {
	level, attrs := slog.LevelInfo, []slog.Attr{
		slog.String("method", req.Method), slog.String("path", req.URL.Path),
		slog.Int("status", rec.status), slog.Int64("bytes", rec.size), slog.Duration("elapsed", elapsed),
	}
	var p *problem
	if err != nil && !errors.As(err, &p) {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("error", err))
	}
	r.opts.Logger.LogAttrs(context.Background(), level, "request", attrs...)
}
