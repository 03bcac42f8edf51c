package faultproxy

// Alteration says which exchanges with a server are altered on their way, and
// how. Strings of what is put in have placeholders: ${method}, ${path},
// ${query} and ${host} of the request, ${header.NAME} and ${response.NAME},
// ${status}, ${length}, ${sha256} and ${sha512} of the response and its body,
// ${n} for how often it has happened, and the named groups of the regular
// expressions in On. Without response yet, what is of it is empty.
type Alteration struct {
	On On `json:"on"`

	// Also lists requests that are sent to the server as well.
	Also []Also `json:"also,omitempty"`
	// Delay is how long the exchange is held up, as in "100ms".
	Delay   string       `json:"delay,omitempty"`
	Request *RequestEdit `json:"request,omitempty"`
	// Repeat is how many times more the request is sent. The answer is that
	// to the last.
	Repeat int `json:"repeat,omitempty"`

	// One of these keeps the request from the server.
	Answer   *Answer     `json:"answer,omitempty"`
	Redirect *RedirectTo `json:"redirect,omitempty"`
	// Recall answers with the last response that Remember has kept under that
	// name (a template). Without one the server is asked.
	Recall string `json:"recall,omitempty"`
	// Drop closes the connection instead of answering: "before" the server
	// has got the request, or "after" it.
	Drop string `json:"drop,omitempty"`

	Response *ResponseEdit `json:"response,omitempty"`
	// Remember keeps the response, as altered, under that name (a template).
	Remember string `json:"remember,omitempty"`
}

// On says which exchanges are altered. All that is given has to hold.
type On struct {
	Traits
	// Of the exchanges with these traits: those of these numbers, from 1;
	// those from one on; every so many.
	Nth   Ints `json:"nth,omitempty"`
	From  int  `json:"from,omitempty"`
	Every int  `json:"every,omitempty"`
	// Per is a template: exchanges are counted by themselves for each text.
	Per string `json:"per,omitempty"`
	// After wants such an exchange to have happened, and Until that none has
	// since.
	After *Earlier `json:"after,omitempty"`
	Until *Earlier `json:"until,omitempty"`
}

// Earlier is an exchange that happened before.
type Earlier struct {
	Traits
	// Same is a template that has to give the same text for both exchanges.
	Same string `json:"same,omitempty"`
}

// Traits are what tells exchanges apart. Regular expressions match anywhere
// unless they are anchored.
type Traits struct {
	Method Strings   `json:"method,omitempty"`
	Path   string    `json:"path,omitempty"` // RE2, on the decoded path
	Query  Criteria  `json:"query,omitempty"`
	Header Criteria  `json:"header,omitempty"`
	Body   string    `json:"body,omitempty"` // RE2, on the request's body
	Answer *Answered `json:"answer,omitempty"`
}

// Answered are the traits of a response.
type Answered struct {
	Status Statuses `json:"status,omitempty"`
	Header Criteria `json:"header,omitempty"`
	Body   string   `json:"body,omitempty"` // RE2
}

// Also is a further request. Method is that of the exchange if not given, and
// so is Path.
type Also struct {
	Method string             `json:"method,omitempty"`
	Path   string             `json:"path,omitempty"`
	Query  map[string]Strings `json:"query,omitempty"`
	Header map[string]Strings `json:"header,omitempty"`
	Body   string             `json:"body,omitempty"`
	// First sends it before the request itself, rather than after the answer
	// to that.
	First bool `json:"first,omitempty"`
}

// RequestEdit says what of a request is changed before it is sent on.
type RequestEdit struct {
	Method string      `json:"method,omitempty"`
	Path   *Rewrite    `json:"path,omitempty"`
	Query  *QueryEdit  `json:"query,omitempty"`
	Header *HeaderEdit `json:"header,omitempty"`
	Body   *BodyEdit   `json:"body,omitempty"`
}

// QueryEdit says what of a query is changed.
type QueryEdit struct {
	Remove []string           `json:"remove,omitempty"`
	Set    map[string]Strings `json:"set,omitempty"`
}

// ResponseEdit says what of a response is changed. A Content-Length follows
// the body unless Header is about it: set, it is a lie; removed, the body is
// sent in chunks.
type ResponseEdit struct {
	Status int         `json:"status,omitempty"`
	Header *HeaderEdit `json:"header,omitempty"`
	Body   *BodyEdit   `json:"body,omitempty"`
	// Chunked sends the body with Transfer-Encoding chunked.
	Chunked bool `json:"chunked,omitempty"`
	// Cut closes the connection after so many bytes of the body.
	Cut *int `json:"cut,omitempty"`
}

// HeaderEdit says what of a header is changed, in this order.
type HeaderEdit struct {
	Remove  []string           `json:"remove,omitempty"`
	Set     map[string]Strings `json:"set,omitempty"`
	Add     map[string]Strings `json:"add,omitempty"`
	Rewrite map[string]Rewrite `json:"rewrite,omitempty"`
	// Duplicate sends these fields twice.
	Duplicate []string `json:"duplicate,omitempty"`
	// Rename gives fields other names, of which the case is kept.
	Rename map[string]string `json:"rename,omitempty"`
}

// Rewrite replaces all that a regular expression matches. Its groups are
// placeholders too: ${1}, ${name}.
type Rewrite struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// BodyEdit says what of a body is changed, in this order.
type BodyEdit struct {
	Text *string `json:"text,omitempty"` // instead of the body
	// JSON edits the value in a body. One that is not JSON is left alone.
	JSON    []JSONEdit `json:"json,omitempty"`
	Rewrite *Rewrite   `json:"rewrite,omitempty"`
	// Format writes JSON anew: "compact", "indent", or "reversed" for members
	// in reverse order.
	Format string `json:"format,omitempty"`
	// Truncate keeps so many bytes; if negative, all but so many.
	Truncate *int `json:"truncate,omitempty"`
	// Flip changes a bit of the byte there; if negative, from the end.
	Flip   *int   `json:"flip,omitempty"`
	Append string `json:"append,omitempty"`
}

// JSONEdit changes the values at a JSON pointer (RFC 6901) in which * stands
// for every element or member, and a negative number counts from the end. One
// of the other fields is given.
type JSONEdit struct {
	At     string `json:"at"`
	Set    any    `json:"set,omitempty"` // its strings are templates
	Null   bool   `json:"null,omitempty"`
	Remove bool   `json:"remove,omitempty"`
	Rename string `json:"rename,omitempty"` // of a member
	// Rewrite changes a string.
	Rewrite *Rewrite `json:"rewrite,omitempty"`

	// Of an array:
	Add any `json:"add,omitempty"` // at the end
	// Without removes the elements that are like this: objects that have
	// these members, or equal values.
	Without   any  `json:"without,omitempty"`
	Truncate  *int `json:"truncate,omitempty"`
	Reverse   bool `json:"reverse,omitempty"`
	Sort      bool `json:"sort,omitempty"` // by the bytes of the elements' text
	Duplicate *int `json:"duplicate,omitempty"`
}

// Answer is a response that no server gave.
type Answer struct {
	Status int                `json:"status"`
	Header map[string]Strings `json:"header,omitempty"`
	Body   string             `json:"body,omitempty"`
	// Raw is sent as it is in place of a response, and the connection closed.
	Raw string `json:"raw,omitempty"`
}

// RedirectTo redirects a request to another URL of the proxy, at which it is
// dealt with as if it had come there in the first place.
type RedirectTo struct {
	Status int `json:"status"`
	// Host is another name of the host; the port stays as it is.
	Host string `json:"host,omitempty"`
}
