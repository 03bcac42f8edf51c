// Package hostile runs cases against misbehaving servers: endless bodies and
// headers, slow and truncated responses, redirect loops, and text that is
// harmful where it is displayed. Every run must end within its bounds of time
// and memory with a true verdict, and every report must escape what the server
// sent.
package hostile
