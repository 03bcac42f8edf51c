// Package realtest runs the built-in releases against real registries and
// compares the findings with the known defects of each registry.
//
// testdata/golden has a file for each registry and release, which lists the
// findings, each with the reason why it is a defect. A finding that is not in
// the file, and one in the file that does not occur, fails the test. With
// -update the test rewrites the files; the reasons of new findings must then be
// added by hand.
//
// A line that begins with SOMETIMES is a finding that does not occur in every
// run.
//
// testdata/servers/install.sh installs the registries.
package realtest
