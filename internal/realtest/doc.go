// Package realtest runs the built-in releases against real registries and
// compares what they find with what is known to be wrong in each.
//
// testdata/golden has a file for each registry and release: the findings, each
// with the reason why it is a defect. A finding that is not there, and one that
// is there and is not found, fails the test. With -update the files are written
// anew; new findings then want their reason written by hand.
//
// A line that begins with SOMETIMES is a finding that is not met in every run.
//
// The registries are installed by testdata/servers/install.sh.
package realtest
