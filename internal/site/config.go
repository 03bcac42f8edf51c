package site

import (
	"github.com/ocispec/ocispec/internal/cuefile"
)

// Config is a file site.cue or site.yaml, as #Site in schemas/site.cue types it.
type Config struct {
	Title       string           `json:"title"`
	Description string           `json:"description"`
	Date        string           `json:"date"`
	Registries  []RegistryConfig `json:"registries"`
	History     []HistoryConfig  `json:"history"`
}

// RegistryConfig is a registry in a [Config].
type RegistryConfig struct {
	Name        string          `json:"name"`
	Aliases     []string        `json:"aliases"`
	Title       string          `json:"title"`
	Vendor      string          `json:"vendor"`
	Homepage    string          `json:"homepage"`
	Category    string          `json:"category"`
	Description string          `json:"description"`
	Verified    *VerifiedConfig `json:"verified"`
	Notes       []NoteConfig    `json:"notes"`
	Issues      []Link          `json:"issues"`
	Reproduce   string          `json:"reproduce"`
	Runs        []RunConfig     `json:"runs"`
}

// VerifiedConfig says whether results are verified, and why.
type VerifiedConfig struct {
	Is  bool   `json:"is"`
	Why string `json:"why"`
	URL string `json:"url"`
}

// NoteConfig is a note with links.
type NoteConfig struct {
	Text  string `json:"text"`
	Links []Link `json:"links"`
}

// RunConfig is a run: results in a file or directory, or the workflows of an old
// page.
type RunConfig struct {
	Results   string                    `json:"results"`
	Version   string                    `json:"version"`
	Date      string                    `json:"date"`
	Tool      string                    `json:"tool"`
	Release   string                    `json:"release"`
	Workflows map[string]WorkflowConfig `json:"workflows"`
}

// WorkflowConfig is the result of a workflow on an old page.
type WorkflowConfig struct {
	Status string `json:"status"`
	Badge  string `json:"badge"`
	Report string `json:"report"`
	Job    string `json:"job"`
}

// HistoryConfig names a page of the years 2020 and 2021.
type HistoryConfig struct {
	File  string `json:"file"`
	Title string `json:"title"`
	Date  string `json:"date"`
	Tool  string `json:"tool"`
}

// ParseConfig decodes a file in YAML or, if its name ends in .cue, in CUE.
func ParseConfig(name string, b []byte) (*Config, error) {
	var c Config
	err := cuefile.Decode(name, b, "site.cue", "#Site", &c)
	return &c, err
}
