package compile

import (
	"github.com/ocispec/ocispec/engine/release"
	"github.com/ocispec/ocispec/internal/spectree"
)

func pos(p spectree.Position) release.Pos { return release.Pos(p.String()) }
