package main

import (
	"context"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/restmapper"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
)

const resync = 10 * time.Hour

// control waits for the API server and runs the controllers beside it. It returns when the cluster
// can be used: every controller has seen what there is.
func control(ctx context.Context, h *home) error {
	if err := awaitServer(ctx, h); err != nil {
		return err
	}
	config := h.client()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	objects, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	shared := informers.NewSharedInformerFactory(client, resync)
	meta := metadatainformer.NewSharedInformerFactory(objects, resync)
	started := make(chan struct{})
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	garbage, err := garbagecollector.NewGarbageCollector(ctx, client, objects, mapper,
		garbagecollector.DefaultIgnoredResources(), informerfactory.NewInformerFactory(shared, meta), started)
	if err != nil {
		return err
	}
	namespaces := namespace.NewNamespaceController(ctx, client, objects,
		client.Discovery().ServerPreferredNamespacedResources, shared.Core().V1().Namespaces(),
		time.Minute, v1.FinalizerKubernetes)
	accounts, err := serviceaccount.NewServiceAccountsController(klog.FromContext(ctx),
		shared.Core().V1().ServiceAccounts(), shared.Core().V1().Namespaces(), client,
		serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return err
	}
	shared.Start(ctx.Done())
	meta.Start(ctx.Done())
	close(started)
	go garbage.Run(ctx, 4, 30*time.Second)
	go garbage.Sync(ctx, client.Discovery(), 5*time.Second)
	go namespaces.Run(ctx, 4)
	go accounts.Run(ctx, 1)
	shared.WaitForCacheSync(ctx.Done())
	return wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(context.Context) (bool, error) {
		return garbage.IsSynced(klog.FromContext(ctx)), nil
	})
}

func awaitServer(ctx context.Context, h *home) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var last error
	err := wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		last = h.ready(ctx)
		return last == nil, nil
	})
	if err != nil {
		return fmt.Errorf("the API server did not become ready: %w", last)
	}
	return h.writeKubeconfigs()
}

// ready makes its client anew each time: the certificate is there only once the server has made it.
func (h *home) ready(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(h.client())
	if err != nil {
		return err
	}
	return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}
