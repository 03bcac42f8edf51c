package registry

import (
	"net/http"
	"regexp"
	"strconv"
)

// chunkRange is the Content-Range of a chunk: both ends inclusive and
// without a unit, unlike that of RFC 9110.
var chunkRange = regexp.MustCompile(`^([0-9]+)-([0-9]+)$`)

// checkChunk judges a chunk of some length against the bytes that a session
// already holds. Without a Content-Range the chunk is appended as it comes.
func checkChunk(contentRange string, length, offset int64) error {
	if contentRange == "" {
		return nil
	}
	m := chunkRange.FindStringSubmatch(contentRange)
	if m == nil {
		return refuse(http.StatusBadRequest, blobUploadInvalid, "Content-Range %q is malformed", contentRange)
	}
	start, err1 := strconv.ParseInt(m[1], 10, 64)
	end, err2 := strconv.ParseInt(m[2], 10, 64)
	if err1 != nil || err2 != nil || start != offset {
		return outOfOrder(offset)
	}
	if end-start+1 != length {
		return refuse(http.StatusBadRequest, sizeInvalid, "the chunk has %d bytes, not %s", length, contentRange)
	}
	return nil
}

func outOfOrder(offset int64) error {
	return refuse(http.StatusRequestedRangeNotSatisfiable, blobUploadInvalid,
		"the next chunk has to start at byte %d", offset)
}
