// Krusty is kustomize as a server: one JSON request a line on standard input, one JSON answer a line on standard output.
// The tests compare the engine with it, thousands of builds a minute, which starting a process for each would not allow.
//
//	{"files": {"kustomization.yaml": "..."}, "path": "."}  builds from memory: {"objects": [...], "ns": 123} or {"error": "..."}
//	{"disk": "/folder"}                                    builds from disk
//	{"read": "a: 1\n---\nb: 2\n"}                          reads a YAML stream: {"objects": [...]}
//	"repeat": 20                                           builds that often, "ns" is the median, "output" the size in bytes
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

type request struct {
	Files  map[string]string `json:"files"`
	Path   string            `json:"path"`
	Disk   string            `json:"disk"`
	Read   *string           `json:"read"`
	Repeat int               `json:"repeat"`
}

type answer struct {
	Objects []any  `json:"objects,omitempty"`
	Output  int    `json:"output,omitempty"`
	NS      int64  `json:"ns,omitempty"`
	Error   string `json:"error,omitempty"`
}

// foreignSchema says that the last build may have replaced the schema, which kustomize holds in a global variable.
var foreignSchema bool

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			if failed := out.Encode(serve(line)); failed != nil {
				fmt.Fprintln(os.Stderr, failed)
				os.Exit(1)
			}
		}
		if err != nil {
			return
		}
	}
}

// serve answers one request; kustomize's panics are answers too.
func serve(line []byte) (result answer) {
	defer func() {
		if cause := recover(); cause != nil {
			result = answer{Error: fmt.Sprintf("panic: %v", cause)}
		}
	}()
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	if asked.Read != nil {
		return read([]byte(*asked.Read))
	}
	return build(asked)
}

func build(asked request) answer {
	if foreignSchema {
		openapi.ResetOpenAPI()
	}
	files, root, err := files(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified // as the command line does
	var text []byte
	took := make([]time.Duration, max(1, asked.Repeat))
	for i := range took {
		start := time.Now()
		objects, err := krusty.MakeKustomizer(options).Run(files, root)
		if err != nil {
			return answer{Error: err.Error()}
		}
		if text, err = objects.AsYaml(); err != nil {
			return answer{Error: err.Error()}
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	result := answer{}
	if asked.Repeat == 0 {
		result = read(text)
	}
	result.Output = len(text)
	result.NS = took[len(took)/2].Nanoseconds()
	return result
}

func files(asked request) (filesys.FileSystem, string, error) {
	if asked.Disk != "" {
		foreignSchema = true
		return filesys.MakeFsOnDisk(), asked.Disk, nil
	}
	memory := filesys.MakeFsInMemory()
	foreignSchema = false
	for name, text := range asked.Files {
		foreignSchema = foreignSchema || strings.Contains(strings.ToLower(text), "openapi")
		if err := memory.WriteFile(path.Join("/", name), []byte(text)); err != nil {
			return nil, "", err
		}
	}
	return memory, path.Join("/", asked.Path), nil
}

// read gives the objects of a YAML stream with every key and every scalar that is no number, true, false or null as text:
// yaml.v3 alone would take dates for times, and keys such as `1` and `false` for something else than text.
func read(text []byte) answer {
	objects := []any{}
	stream := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		err := stream.Decode(&document)
		if errors.Is(err, io.EOF) {
			return answer{Objects: objects}
		}
		if err != nil {
			return answer{Error: err.Error()}
		}
		object, err := value(&document)
		if err != nil {
			return answer{Error: err.Error()}
		}
		if object != nil {
			objects = append(objects, object)
		}
	}
}

func value(node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.DocumentNode:
		return value(node.Content[0])
	case yaml.AliasNode:
		return value(node.Alias)
	case yaml.SequenceNode:
		items := make([]any, len(node.Content))
		for i, item := range node.Content {
			read, err := value(item)
			if err != nil {
				return nil, err
			}
			items[i] = read
		}
		return items, nil
	case yaml.MappingNode:
		fields := map[string]any{}
		for i := 0; i < len(node.Content); i += 2 {
			read, err := value(node.Content[i+1])
			if err != nil {
				return nil, err
			}
			fields[node.Content[i].Value] = read
		}
		return fields, nil
	}
	switch node.ShortTag() {
	case "!!int", "!!float", "!!bool", "!!null":
		var scalar any
		err := node.Decode(&scalar)
		return scalar, err
	}
	return node.Value, nil
}
