// Command controlplane is a real Kubernetes control plane in one multi-call binary: etcd, kube-apiserver,
// kube-controller-manager, kube-scheduler, kubectl, and kwok for hollow nodes. The name it is called by (a symlink)
// or its first argument chooses the program. No kube-apiserver is packaged for Debian, but all of these are Go
// packages, and a Go program may require them: one build, one set of dependencies, pinned in go.mod and go.sum.
//
// Each program is a file of its own with a build tag, so that some can be built without the others; the tag "all"
// builds all six.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// programs holds the main functions of the programs that are built in; each returns the exit status.
var programs = map[string]func() int{}

func main() {
	name := filepath.Base(os.Args[0])
	if len(os.Args) > 1 && name == "controlplane" {
		name = os.Args[1]
		os.Args = append([]string{name}, os.Args[2:]...)
	}
	run, found := programs[name]
	if !found {
		names := []string{}
		for known := range programs {
			names = append(names, known)
		}
		sort.Strings(names)
		fmt.Fprintf(os.Stderr, "usage: controlplane %s ...\n", strings.Join(names, "|"))
		os.Exit(2)
	}
	os.Exit(run())
}
