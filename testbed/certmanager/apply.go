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

const crd = "CustomResourceDefinition"

// Where the kinds are that this program applies.
var resources = map[string]schema.GroupVersionResource{
	crd:                                {Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"},
	"Namespace":                        {Version: "v1", Resource: "namespaces"},
	"ClusterRole":                      {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"},
	"ClusterRoleBinding":               {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"},
	"ValidatingAdmissionPolicy":        {Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies"},
	"ValidatingAdmissionPolicyBinding": {Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicybindings"},
}

// applyAll applies the object in each file of the folder, and waits until CRDs are served.
func applyAll(ctx context.Context, config *rest.Config, folder fs.FS) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	files, err := fs.Glob(folder, "*.yaml")
	if err != nil || len(files) == 0 {
		return fmt.Errorf("there is nothing to apply: %w", err)
	}
	for _, file := range files {
		object, err := readObject(folder, file)
		if err != nil {
			return err
		}
		_, err = client.Resource(resources[object.GetKind()]).
			Apply(ctx, object.GetName(), object, metav1.ApplyOptions{FieldManager: "testbed", Force: true})
		if err != nil {
			return fmt.Errorf("%s was refused: %w", file, err)
		}
		if object.GetKind() != crd {
			continue
		}
		if err := awaitEstablished(ctx, client, object.GetName()); err != nil {
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
		found, err := client.Resource(resources[crd]).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		conditions, _, _ := unstructured.NestedSlice(found.Object, "status", "conditions")
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
