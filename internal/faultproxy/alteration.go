package faultproxy

// Alteration selects exchanges with the server and states how the proxy alters
// them. Inserted strings are templates with placeholders: ${method}, ${path},
// ${query} and ${host} of the request, ${header.NAME} of the request and
// ${response.NAME} of the response, ${status}, ${length}, ${sha256} and
// ${sha512} of the response and its body, ${n} for the number of selected
// exchanges so far, and the named groups of the regular expressions in On. The
// placeholders of the response are empty before it has been received.
type Alteration struct {
	On On `json:"on"`

	// Also lists additional requests to the server.
	Also []Also `json:"also,omitempty"`
	// Delay is the time before the exchange continues, such as "100ms"; at most
	// 10s.
	Delay   string       `json:"delay,omitempty"`
	Request *RequestEdit `json:"request,omitempty"`
	// Repeat is how many more times the proxy sends the request. The client
	// receives the last response.
	Repeat int `json:"repeat,omitempty"`

	// At most one of Respond, Redirect, Recall and Drop. The server does not
	// receive the request, except with Drop "after".
	Respond  *Respond    `json:"respond,omitempty"`
	Redirect *RedirectTo `json:"redirect,omitempty"`
	// Recall responds with the last response that Remember stored under the
	// expanded template. Without a stored response, the proxy forwards the
	// request.
	Recall string `json:"recall,omitempty"`
	// Drop closes the connection without a response: "before" the request is
	// forwarded, or "after" the server has responded.
	Drop string `json:"drop,omitempty"`

	Response *ResponseEdit `json:"response,omitempty"`
	// Remember stores the altered response under the expanded template.
	Remember string `json:"remember,omitempty"`
}

// On selects exchanges. All given conditions must hold.
type On struct {
	Traits
	// Nth, From and Every select by the number of the exchange among those with
	// these traits, starting at 1: the listed numbers, all from a number on, and
	// all multiples of a number.
	Nth   Ints `json:"nth,omitempty"`
	From  int  `json:"from,omitempty"`
	Every int  `json:"every,omitempty"`
	// Per is a template: exchanges with different expansions are counted
	// separately.
	Per string `json:"per,omitempty"`
	// After requires that a matching exchange has happened, and Until that none
	// has happened since.
	After *Earlier `json:"after,omitempty"`
	Until *Earlier `json:"until,omitempty"`
}

// Earlier describes an earlier exchange.
type Earlier struct {
	Traits
	// Same is a template whose expansion must be equal for both exchanges.
	Same string `json:"same,omitempty"`
}

// Traits are conditions on an exchange. Regular expressions (RE2) match
// anywhere unless anchored.
type Traits struct {
	Method   Strings         `json:"method,omitempty"`
	Path     string          `json:"path,omitempty"` // RE2, on the decoded path
	Query    Criteria        `json:"query,omitempty"`
	Header   Criteria        `json:"header,omitempty"`
	Body     string          `json:"body,omitempty"` // RE2, on the request's body
	Response *ResponseTraits `json:"response,omitempty"`
}

// ResponseTraits are conditions on a response.
type ResponseTraits struct {
	Status Statuses `json:"status,omitempty"`
	Header Criteria `json:"header,omitempty"`
	Body   string   `json:"body,omitempty"` // RE2
}

// Also is an additional request. Method and Path default to those of the
// exchange.
type Also struct {
	Method string             `json:"method,omitempty"`
	Path   string             `json:"path,omitempty"`
	Query  map[string]Strings `json:"query,omitempty"`
	Header map[string]Strings `json:"header,omitempty"`
	Body   string             `json:"body,omitempty"`
	// First sends the request before that of the exchange rather than after the
	// response.
	First bool `json:"first,omitempty"`
}

// RequestEdit changes a request before it is forwarded.
type RequestEdit struct {
	Method string      `json:"method,omitempty"`
	Path   *Rewrite    `json:"path,omitempty"`
	Query  *QueryEdit  `json:"query,omitempty"`
	Header *HeaderEdit `json:"header,omitempty"`
	Body   *BodyEdit   `json:"body,omitempty"`
}

// QueryEdit changes a query: first Remove, then Set.
type QueryEdit struct {
	Remove []string           `json:"remove,omitempty"`
	Set    map[string]Strings `json:"set,omitempty"`
}

// ResponseEdit changes a response. Content-Length is set to the length of the
// body unless Header changes it: a set value is sent although it is wrong, and
// if it is removed the body is sent with chunked transfer coding.
type ResponseEdit struct {
	Status int         `json:"status,omitempty"`
	Header *HeaderEdit `json:"header,omitempty"`
	Body   *BodyEdit   `json:"body,omitempty"`
	// Chunked sends the body with Transfer-Encoding: chunked.
	Chunked bool `json:"chunked,omitempty"`
	// Cut closes the connection after this number of body bytes.
	Cut *int `json:"cut,omitempty"`
}

// HeaderEdit changes header fields, in the order of its own fields.
type HeaderEdit struct {
	Remove  []string           `json:"remove,omitempty"`
	Set     map[string]Strings `json:"set,omitempty"`
	Add     map[string]Strings `json:"add,omitempty"`
	Rewrite map[string]Rewrite `json:"rewrite,omitempty"`
	// Duplicate sends each of these fields twice.
	Duplicate []string `json:"duplicate,omitempty"`
	// Rename renames fields. The new name is sent with its case unchanged.
	Rename map[string]string `json:"rename,omitempty"`
}

// Rewrite replaces all matches of the regular expression From by the template
// To. The groups of From are placeholders in To: ${1}, ${name}.
type Rewrite struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// BodyEdit changes a body, in the order of its fields.
type BodyEdit struct {
	Text *string `json:"text,omitempty"` // replaces the body
	// JSON edits the JSON value in the body. A body that is not JSON is left
	// unchanged.
	JSON    []JSONEdit `json:"json,omitempty"`
	Rewrite *Rewrite   `json:"rewrite,omitempty"`
	// Format reformats JSON: "compact", "indent", or "reversed", which reverses
	// the order of members.
	Format string `json:"format,omitempty"`
	// Truncate keeps this number of bytes; if negative, it removes that many from
	// the end.
	Truncate *int `json:"truncate,omitempty"`
	// Flip flips the lowest bit of the byte at this offset, from the end if
	// negative.
	Flip   *int   `json:"flip,omitempty"`
	Append string `json:"append,omitempty"`
}

// JSONEdit changes the values at a JSON pointer (RFC 6901), in which * matches
// every element or member and a negative index counts from the end. Exactly one
// of the fields other than At is given.
type JSONEdit struct {
	At     string `json:"at"`
	Set    any    `json:"set,omitempty"` // its strings are templates
	Null   bool   `json:"null,omitempty"`
	Remove bool   `json:"remove,omitempty"`
	Rename string `json:"rename,omitempty"` // new name of a member
	// Rewrite changes a string value.
	Rewrite *Rewrite `json:"rewrite,omitempty"`

	// The fields below change an array.
	Add any `json:"add,omitempty"` // appended
	// Without removes the elements that are equal to this value or, if it is an
	// object, have its members.
	Without   any  `json:"without,omitempty"`
	Truncate  *int `json:"truncate,omitempty"`
	Reverse   bool `json:"reverse,omitempty"`
	Sort      bool `json:"sort,omitempty"` // by the bytes of the elements' text
	Duplicate *int `json:"duplicate,omitempty"`
}

// Respond is a response that the proxy sends itself.
type Respond struct {
	Status int                `json:"status"`
	Header map[string]Strings `json:"header,omitempty"`
	Body   string             `json:"body,omitempty"`
	// Raw, if not empty, is sent unchanged in place of a response, and the
	// connection is closed.
	Raw string `json:"raw,omitempty"`
}

// RedirectTo redirects a request to another URL of the proxy, which handles the
// redirected request like the original one.
type RedirectTo struct {
	Status int `json:"status"`
	// Host replaces the host name in Location; the port is unchanged.
	Host string `json:"host,omitempty"`
}
