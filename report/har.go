package report

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ocispec/ocispec/result"
)

// The parts of an HTTP Archive, by its specification
// (http://www.softwareishard.com/blog/har-12-spec/). Names that begin with an
// underscore are extensions, which readers ignore. Times are in milliseconds.
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string      `json:"version"`
		Creator result.Tool `json:"creator"`
		Pages   []harPage   `json:"pages"`
		Entries []harEntry  `json:"entries"`
	}
	// harPage is a case: viewers group exchanges by page.
	harPage struct {
		Started     time.Time `json:"startedDateTime"`
		ID          string    `json:"id"`
		Title       string    `json:"title"`
		PageTimings struct{}  `json:"pageTimings"`
	}
	harEntry struct {
		Page     string      `json:"pageref"`
		Started  time.Time   `json:"startedDateTime"`
		Time     float64     `json:"time"`
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
		Cache    struct{}    `json:"cache"`
		Timings  harTimings  `json:"timings"`
		Comment  string      `json:"comment"`
		Error    string      `json:"_error,omitempty"`
	}
	harRequest struct {
		Method      string   `json:"method"`
		URL         string   `json:"url"`
		Proto       string   `json:"httpVersion"`
		Cookies     []string `json:"cookies"` // none: Cookie is among the headers
		Headers     []harNV  `json:"headers"`
		Query       []harNV  `json:"queryString"`
		Post        *harPost `json:"postData,omitempty"`
		HeadersSize int      `json:"headersSize"`
		BodySize    int64    `json:"bodySize"`
	}
	harResponse struct {
		Status      int        `json:"status"` // 0 without a response
		StatusText  string     `json:"statusText"`
		Proto       string     `json:"httpVersion"`
		Cookies     []string   `json:"cookies"`
		Headers     []harNV    `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int64      `json:"bodySize"`
	}
	harPost struct {
		MediaType string `json:"mimeType"`
		Text      string `json:"text"`
		Base64    []byte `json:"_base64,omitempty"` // of a body that is not text
	}
	harContent struct {
		Size      int64  `json:"size"`
		MediaType string `json:"mimeType"`
		Text      string `json:"text,omitempty"`
		Encoding  string `json:"encoding,omitempty"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	harNV struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// HAR writes all exchanges as an HTTP Archive, version 1.2, in the order in which
// they were sent. The start of an exchange is that of its step and the time that
// the earlier ones of the step took. Bodies are as long as in results.json.
func HAR(w io.Writer, r *result.Run) error {
	log := harLog{Version: "1.2", Creator: r.Tool, Pages: []harPage{}, Entries: []harEntry{}}
	for _, c := range r.Cases {
		log.add(c, r.Started)
	}
	slices.SortStableFunc(log.Entries, func(a, b harEntry) int { return a.Started.Compare(b.Started) })
	return writeJSON(w, harFile{log}, " ")
}

// add adds the exchanges of a case.
func (l *harLog) add(c result.Case, began time.Time) {
	page := harPage{ID: c.ID, Title: c.ID + ": " + c.Title}
	for _, s := range c.Steps {
		at := began.Add(s.Start)
		for _, x := range s.Exchanges {
			e := entry(x)
			e.Page, e.Started, e.Comment = c.ID, at, result.Place{Case: c.ID, Step: s.ID}.String()
			if page.Started.IsZero() {
				page.Started = at
			}
			if x.Response != nil {
				at = at.Add(x.Response.Elapsed)
			}
			l.Entries = append(l.Entries, e)
		}
	}
	if !page.Started.IsZero() {
		l.Pages = append(l.Pages, page)
	}
}

func entry(x result.Exchange) harEntry {
	proto, took := "HTTP/1.1", time.Duration(0)
	if x.Response != nil {
		proto, took = cmp.Or(x.Response.Proto, proto), x.Response.Elapsed
	}
	ms := float64(took.Microseconds()) / 1000
	return harEntry{
		Time: ms, Timings: harTimings{Wait: ms}, Error: x.Error,
		Request: harSent(x.Request, proto), Response: received(x.Response, proto),
	}
}

func harSent(q result.Request, proto string) harRequest {
	out := harRequest{
		Method: q.Method, URL: uri(q.URL), Proto: proto, Cookies: []string{}, Headers: fields(q.Header),
		Query: []harNV{}, HeadersSize: -1,
	}
	if u, err := url.Parse(out.URL); err == nil {
		out.Query = fields(http.Header(u.Query()))
	}
	if b := q.Body; b != nil {
		out.BodySize = b.Size
		out.Post = &harPost{MediaType: q.Header.Get("Content-Type"), Text: b.Text, Base64: b.Base64}
	}
	return out
}

func received(p *result.Response, proto string) harResponse {
	out := harResponse{Proto: proto, Cookies: []string{}, Headers: []harNV{}, HeadersSize: -1, BodySize: -1}
	if p == nil {
		return out
	}
	out.Status, out.StatusText, out.Headers = p.Status, http.StatusText(p.Status), fields(p.Header)
	out.RedirectURL, out.BodySize = p.Header.Get("Location"), 0
	out.Content.MediaType = p.Header.Get("Content-Type")
	if b := p.Body; b != nil {
		out.BodySize, out.Content.Size, out.Content.Text = b.Size, b.Size, b.Text
		if b.Base64 != nil {
			out.Content.Text, out.Content.Encoding = base64.StdEncoding.EncodeToString(b.Base64), "base64"
		}
	}
	return out
}

// fields returns header fields or parameters, by name.
func fields(h http.Header) []harNV {
	out := []harNV{}
	for name, values := range h {
		for _, v := range values {
			out = append(out, harNV{name, v})
		}
	}
	slices.SortStableFunc(out, func(a, b harNV) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// uri escapes what cannot be part of a URI.
func uri(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
