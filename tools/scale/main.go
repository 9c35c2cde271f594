// Two plain clients of the API server, standard library alone: the floor that the operator is measured against.
//
//	scale apply  SERVER TOKEN CONCURRENCY <objects.jsonl   server-side applies each object once, prints how long it took
//	scale settle SERVER TOKEN CONCURRENCY                  makes every Deployment, StatefulSet and Job ready, until it is ended
//
// A line of objects.jsonl is {"path": "/apis/apps/v1/namespaces/n/deployments/x", "body": {...}}.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"
)

type object struct {
	Path string          `json:"path"`
	Body json.RawMessage `json:"body"`
}

type client struct {
	server, token string
	http          *http.Client
}

// send fails on anything but a success; reading the body to its end lets the connection be used again.
func (c *client) send(method, path, media string, body []byte) (*http.Response, []byte, error) {
	request, err := http.NewRequest(method, c.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", media)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	return response, text, err
}

func (c *client) apply(lines []object, concurrency int) {
	work, took := make(chan object), make([][]float64, concurrency)
	var group sync.WaitGroup
	start := time.Now()
	for worker := range concurrency {
		group.Add(1)
		go func() {
			defer group.Done()
			for each := range work {
				began := time.Now()
				path := each.Path + "?fieldManager=floor&force=true&fieldValidation=Strict"
				if _, _, err := c.send("PATCH", path, "application/apply-patch+yaml", each.Body); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				took[worker] = append(took[worker], time.Since(began).Seconds())
			}
		}()
	}
	for _, each := range lines {
		work <- each
	}
	close(work)
	group.Wait()
	seconds := time.Since(start).Seconds()
	var all []float64
	for _, each := range took {
		all = append(all, each...)
	}
	sort.Float64s(all)
	at := func(share float64) float64 { return all[int(share*float64(len(all)-1))] }
	result := map[string]any{"objects": len(all), "seconds": seconds, "p50": at(0.5), "p99": at(0.99)}
	json.NewEncoder(os.Stdout).Encode(result)
}

type metadata struct {
	Name, Namespace, ResourceVersion string
	Generation                       int
}

type workload struct {
	Metadata metadata
	Spec     struct{ Replicas *int }
	Status   struct {
		ObservedGeneration, ReadyReplicas, Replicas int
		Conditions                                  []struct{ Type, Status string }
	}
}

// settle watches one kind and writes the status that its controller would, were there nodes.
func (c *client) settle(plural, group string, concurrency int) {
	work := make(chan workload, 10000)
	for range concurrency {
		go func() {
			for each := range work {
				path := fmt.Sprintf("%s/namespaces/%s/%s/%s/status", group, each.Metadata.Namespace, plural, each.Metadata.Name)
				body, _ := json.Marshal(map[string]any{"status": ready(plural, each)})
				c.send("PATCH", path, "application/merge-patch+json", body) // one that is gone meanwhile is no matter
			}
		}()
	}
	for {
		_, text, err := c.send("GET", group+"/"+plural, "application/json", nil)
		if err != nil {
			time.Sleep(time.Second)
			continue
		}
		var list struct {
			Metadata metadata
			Items    []workload
		}
		json.Unmarshal(text, &list)
		for _, each := range list.Items {
			if !settled(plural, each) {
				work <- each
			}
		}
		c.watch(plural, group, list.Metadata.ResourceVersion, work)
	}
}

func (c *client) watch(plural, group, since string, work chan<- workload) {
	request, _ := http.NewRequest("GET", c.server+group+"/"+plural+"?watch=1&resourceVersion="+since, nil)
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := c.http.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	lines := json.NewDecoder(response.Body)
	for {
		var event struct {
			Type   string
			Object workload
		}
		if lines.Decode(&event) != nil || event.Type == "ERROR" {
			return
		}
		if event.Type != "DELETED" && !settled(plural, event.Object) {
			work <- event.Object
		}
	}
}

func wanted(each workload) int {
	if each.Spec.Replicas == nil {
		return 1
	}
	return *each.Spec.Replicas
}

func settled(plural string, each workload) bool {
	if plural == "jobs" {
		return len(each.Status.Conditions) > 0
	}
	status := each.Status
	return status.ObservedGeneration == each.Metadata.Generation && status.ReadyReplicas == wanted(each)
}

func ready(plural string, each workload) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339)
	if plural == "jobs" {
		conditions := []map[string]any{}
		for _, name := range []string{"SuccessCriteriaMet", "Complete"} {
			conditions = append(conditions, map[string]any{"type": name, "status": "True", "lastTransitionTime": now})
		}
		return map[string]any{"startTime": now, "completionTime": now, "succeeded": 1, "conditions": conditions}
	}
	number := wanted(each)
	status := map[string]any{"observedGeneration": each.Metadata.Generation}
	for _, name := range []string{"replicas", "updatedReplicas", "readyReplicas", "availableReplicas"} {
		status[name] = number
	}
	if plural == "statefulsets" {
		revision := strconv.Itoa(each.Metadata.Generation)
		status["currentRevision"], status["updateRevision"], status["currentReplicas"] = revision, revision, number
	}
	return status
}

func main() {
	concurrency, err := strconv.Atoi(os.Args[4])
	if err != nil {
		panic(err)
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // the harness' own server on loopback
		ForceAttemptHTTP2: true,
	}
	c := &client{os.Args[2], os.Args[3], &http.Client{Transport: transport}}
	if os.Args[1] == "settle" {
		go c.settle("deployments", "/apis/apps/v1", concurrency)
		go c.settle("statefulsets", "/apis/apps/v1", concurrency)
		c.settle("jobs", "/apis/batch/v1", concurrency)
	}
	var lines []object
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	for decoder := json.NewDecoder(input); ; {
		var each object
		if err := decoder.Decode(&each); err == io.EOF {
			break
		} else if err != nil {
			panic(err)
		}
		lines = append(lines, each)
	}
	c.apply(lines, concurrency)
}
