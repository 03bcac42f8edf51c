package main

import (
	"github.com/spf13/cobra"

	"github.com/ocispec/ocispec/internal/published"
)

const importHelp = `Import reads published result folders: junit.xml with report.html, results.yaml,
PRODUCT.yaml and README.md, in each format of the public results repository. DIR is
a folder, or a directory with folders in it. Credentials are redacted. The output
marks what a format cannot say, and what contradicts itself.`

func newImport() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "import DIR...",
		Short:   "Read published result folders",
		Long:    importHelp,
		Example: "  ocispec import distribution-spec/v1.1/zot\n  ocispec import distribution-spec --format json >published.json",
		Args:    atLeastOne("a directory with published results"),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := importFolders(args)
			if err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), doc)
			}
			return published.Text(cmd.OutOrStdout(), doc)
		},
	}
	addFormat(cmd, &format, "text", "json")
	return cmd
}

// importFolders reads the result folders in directories.
func importFolders(dirs []string) (*published.Document, error) {
	doc := &published.Document{Version: published.Version}
	for _, dir := range dirs {
		folders, err := published.Find(dir)
		if err != nil {
			return nil, usage("import: %v", err)
		}
		for _, f := range folders {
			r, err := published.Read(f)
			if err != nil {
				return nil, usage("import: %v", err)
			}
			doc.Results = append(doc.Results, r)
		}
	}
	return doc, nil
}
