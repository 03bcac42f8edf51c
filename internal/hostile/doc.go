// Package hostile runs cases against servers that do their worst: bodies and
// heads without end, answers that drip or break off, redirects that lead
// nowhere, text that would do harm where it is shown. Every run has to end
// within its bounds of time and memory, with a verdict that is true, and every
// report has to show what came harmlessly.
package hostile
