package registry

import (
	"net/http"
	"regexp"
	"strconv"
)

// chunkRange matches the Content-Range of a chunk: two inclusive byte offsets
// without a range unit, unlike Content-Range in RFC 9110.
var chunkRange = regexp.MustCompile(`^([0-9]+)-([0-9]+)$`)

// checkChunk checks the Content-Range of a chunk of length bytes, in a session
// that already has offset bytes. A chunk without Content-Range is appended.
func checkChunk(contentRange string, length, offset int64) error {
	if contentRange == "" {
		return nil
	}
	m := chunkRange.FindStringSubmatch(contentRange)
	if m == nil {
		return reject(http.StatusBadRequest, blobUploadInvalid, "malformed Content-Range %q", contentRange)
	}
	start, err1 := strconv.ParseInt(m[1], 10, 64)
	end, err2 := strconv.ParseInt(m[2], 10, 64)
	if err1 != nil || err2 != nil || start != offset {
		return outOfOrder(offset)
	}
	if end-start+1 != length {
		return reject(http.StatusBadRequest, sizeInvalid, "Content-Range %q does not match the chunk length of %d bytes", contentRange, length)
	}
	return nil
}

func outOfOrder(offset int64) error {
	return reject(http.StatusRequestedRangeNotSatisfiable, blobUploadInvalid,
		"out-of-order chunk: the next chunk starts at byte %d", offset)
}
