// The official Kubernetes provider, served from its own module: `make official` builds it.
package main

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

// The module's schema, which names no version. The build lays it over this path: no copy is kept here.
//
//go:embed schema.json
var unversioned []byte

func main() {
	opening := fmt.Sprintf("{%q: %q,", "version", version.Version)
	schema := bytes.Replace(unversioned, []byte("{"), []byte(opening), 1)
	provider.Serve("kubernetes", version.Version, schema, nil)
}
