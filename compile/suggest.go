package compile

// DidYouMean ends a message about an unknown name: with the candidate that is
// nearest, or with nothing if none is near.
func DidYouMean(name string, candidates []string) string { return didYouMean(name, candidates) }
