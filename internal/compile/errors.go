package compile

import (
	"github.com/ocispec/ocispec/internal/spectree"
	"github.com/ocispec/ocispec/release"
)

func pos(p spectree.Position) release.Pos { return release.Pos(p.String()) }
