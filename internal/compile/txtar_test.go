package compile

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// txtar is a txtar archive: each file follows a line "-- name --". The text
// before the first file is a comment.
type txtar struct {
	comment []byte
	files   []txtarFile
}

type txtarFile struct {
	name string
	data []byte
}

func readTxtar(name string) (*txtar, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	a := &txtar{}
	into := &a.comment
	for line := range bytes.Lines(b) {
		s := strings.TrimSuffix(string(line), "\n")
		if strings.HasPrefix(s, "-- ") && strings.HasSuffix(s, " --") && len(s) > 6 {
			a.files = append(a.files, txtarFile{name: s[3 : len(s)-3]})
			into = &a.files[len(a.files)-1].data
			continue
		}
		*into = append(*into, line...)
	}
	return a, nil
}

func (a *txtar) bytes() []byte {
	b := bytes.Clone(a.comment)
	for _, f := range a.files {
		b = append(b, fmt.Sprintf("-- %s --\n%s", f.name, f.data)...)
	}
	return b
}
