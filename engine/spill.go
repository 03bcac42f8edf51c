package engine

import (
	"io"
	"os"
)

// spilled is a body in a temporary file, which has no name where the system allows
// that: it does not outlive the process, however that ends.
type spilled struct {
	file *os.File
	size int
}

// spill writes a body to a temporary file.
func spill(body []byte) (*spilled, error) {
	f, err := os.CreateTemp("", "ocispec-body-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name()) // where an open file has to keep its name, close removes it
	s := &spilled{f, len(body)}
	if _, err := f.Write(body); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// read returns the body.
func (s *spilled) read() ([]byte, error) {
	b := make([]byte, s.size)
	_, err := io.ReadFull(io.NewSectionReader(s.file, 0, int64(s.size)), b)
	return b, err
}

// close removes the file.
func (s *spilled) close() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}
