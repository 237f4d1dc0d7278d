package main

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

var crds = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// applyCrds applies every CRD in the folder and waits until they are served.
func applyCrds(ctx context.Context, config *rest.Config, folder fs.FS) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	files, err := fs.Glob(folder, "*.yaml")
	if err != nil || len(files) == 0 {
		return fmt.Errorf("there are no CRDs: %w", err)
	}
	var names []string
	for _, file := range files {
		crd, err := readObject(folder, file)
		if err != nil {
			return err
		}
		_, err = client.Resource(crds).Apply(ctx, crd.GetName(), crd, metav1.ApplyOptions{FieldManager: "testbed", Force: true})
		if err != nil {
			return fmt.Errorf("%s was refused: %w", file, err)
		}
		names = append(names, crd.GetName())
	}
	for _, name := range names {
		if err := awaitEstablished(ctx, client, name); err != nil {
			return err
		}
	}
	return nil
}

func readObject(folder fs.FS, file string) (*unstructured.Unstructured, error) {
	text, err := fs.ReadFile(folder, file)
	if err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &object.Object); err != nil {
		return nil, fmt.Errorf("%s is no YAML: %w", file, err)
	}
	return object, nil
}

func awaitEstablished(ctx context.Context, client dynamic.Interface, name string) error {
	err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		crd, err := client.Resource(crds).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
		for _, condition := range conditions {
			is := condition.(map[string]any)
			if is["type"] == "Established" && is["status"] == "True" {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("the CRD %s is not served: %w", name, err)
	}
	return nil
}
