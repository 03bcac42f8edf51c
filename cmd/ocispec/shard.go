package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ocispec/ocispec/engine/release"
)

// shardName is the file with the events of a shard, in the directory of --out. It stays
// there when the shard has ended: merge reads it.
const shardName = "shard.jsonl"

// maxShards is the largest number of shards of a run.
const maxShards = 100

// shard is one of several parts of a run: the cases at every nth position, by id. The
// zero value is a whole run.
type shard struct{ i, n int } // 1 ≤ i ≤ n ≤ maxShards

func (s shard) String() string { return fmt.Sprintf("%d/%d", s.i, s.n) }

// parseShard reads "2/3", or "" for a whole run.
func parseShard(text string) (shard, error) {
	if text == "" {
		return shard{}, nil
	}
	var s shard
	_, err := fmt.Sscanf(text, "%d/%d", &s.i, &s.n)
	if err != nil || s.String() != text || s.i < 1 || s.i > s.n || s.n > maxShards {
		return shard{}, usage("--shard %s: want the number of the shard and how many there are, as in 2/3, and at most %d", text, maxShards)
	}
	return s, nil
}

// of restricts a selection of cases, of which nil is all, to those of the shard. It
// returns an error if there are fewer cases than shards: merge needs all shards, and
// one without a case does not run.
func (s shard) of(rel *release.Release, selected func(string) bool) (func(string) bool, error) {
	if s.n == 0 {
		return selected, nil
	}
	var ids []string
	for _, c := range rel.Cases {
		if selected == nil || selected(c.ID) {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) < s.n {
		return nil, usage("--shard %v: the run has %s; want at most as many shards", s, plural(len(ids), "case"))
	}
	slices.Sort(ids)
	own := map[string]bool{}
	for at, id := range ids {
		if at%s.n == s.i-1 {
			own[id] = true
		}
	}
	return func(id string) bool { return own[id] }, nil
}

// seed returns the seed of the shard for a seed of the whole run or of the shard: one
// shard must not delete the content of another that runs at the same time.
func (s shard) seed(seed string) string {
	if s.n == 0 {
		return seed
	}
	base, salt, salted := strings.Cut(s.whole(seed), "/")
	base += s.suffix()
	if salted {
		return base + "/" + salt
	}
	return base
}

// whole returns the seed of the whole run for that of the shard.
func (s shard) whole(seed string) string {
	if s.n == 0 {
		return seed
	}
	base, salt, salted := strings.Cut(seed, "/")
	base = strings.TrimSuffix(base, s.suffix())
	if salted {
		return base + "/" + salt
	}
	return base
}

func (s shard) suffix() string { return fmt.Sprintf("-%d-of-%d", s.i, s.n) }
