package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"

	apiutil "github.com/cert-manager/cert-manager/pkg/api/util"
	cm "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	cmclient "github.com/cert-manager/cert-manager/pkg/client/clientset/versioned"
	cminformers "github.com/cert-manager/cert-manager/pkg/client/informers/externalversions"
	cmlisters "github.com/cert-manager/cert-manager/pkg/client/listers/certmanager/v1"
)

const (
	group           = "testbed.meshseal.dev"
	secretNamespace = "cert-manager" // of the CAs of ClusterTestIssuers
	resync          = 10 * time.Hour
	workers         = 8
)

//go:embed crds/*.yaml
var ownCrds embed.FS

// Per kind of issuer, where its objects are.
var kinds = map[string]schema.GroupVersionResource{
	"TestIssuer":        {Group: group, Version: "v1", Resource: "testissuers"},
	"ClusterTestIssuer": {Group: group, Version: "v1", Resource: "clustertestissuers"},
}

// An issuer answers the CertificateRequests of its group, and says of its issuers whether they are
// ready. It works from caches and a queue, as cert-manager does.
type issuer struct {
	core     kubernetes.Interface
	objects  dynamic.Interface
	requests cmclient.Interface
	known    cmlisters.CertificateRequestLister
	issuers  map[string]cache.GenericLister
	queue    workqueue.TypedRateLimitingInterface[cache.ObjectName]
	approve  bool
}

func runIssuer(ctx context.Context, kubeconfig string, approve bool) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	folder, err := fs.Sub(ownCrds, "crds")
	if err != nil {
		return err
	}
	if err := applyAll(ctx, config, folder); err != nil {
		return err
	}
	i := &issuer{
		core:     kubernetes.NewForConfigOrDie(config),
		objects:  dynamic.NewForConfigOrDie(config),
		requests: cmclient.NewForConfigOrDie(config),
		issuers:  map[string]cache.GenericLister{},
		queue:    workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[cache.ObjectName]()),
		approve:  approve,
	}
	defer i.queue.ShutDown()
	if err := i.watch(ctx); err != nil {
		return err
	}
	for range workers {
		go i.work(ctx)
	}
	sayReady()
	<-ctx.Done()
	return nil
}

func (i *issuer) watch(ctx context.Context) error {
	requests := cminformers.NewSharedInformerFactory(i.requests, resync)
	i.known = requests.Certmanager().V1().CertificateRequests().Lister()
	changed := func(object any) { i.enqueue(object.(*cm.CertificateRequest)) }
	_, err := requests.Certmanager().V1().CertificateRequests().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    changed,
		UpdateFunc: func(_, object any) { changed(object) },
	})
	if err != nil {
		return err
	}
	issuers := dynamicinformer.NewDynamicSharedInformerFactory(i.objects, resync)
	for kind, resource := range kinds {
		i.issuers[kind] = issuers.ForResource(resource).Lister()
		changed := func(object any) { i.issuerChanged(ctx, resource, object.(*unstructured.Unstructured)) }
		_, err := issuers.ForResource(resource).Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    changed,
			UpdateFunc: func(_, object any) { changed(object) },
		})
		if err != nil {
			return err
		}
	}
	issuers.Start(ctx.Done())
	issuers.WaitForCacheSync(ctx.Done())
	requests.Start(ctx.Done())
	requests.WaitForCacheSync(ctx.Done())
	return nil
}

func (i *issuer) enqueue(request *cm.CertificateRequest) {
	if request.Spec.IssuerRef.Group == group {
		i.queue.Add(cache.MetaObjectToName(request))
	}
}

// issuerChanged says whether the issuer is ready, and looks again at what waits for it.
func (i *issuer) issuerChanged(ctx context.Context, resource schema.GroupVersionResource, object *unstructured.Unstructured) {
	spec, err := readSpec(object)
	if err != nil {
		klog.ErrorS(err, "an issuer cannot be read", "issuer", object.GetName())
		return
	}
	if condition := readiness(object, spec); condition != nil {
		next := object.DeepCopy()
		_ = unstructured.SetNestedSlice(next.Object, []any{condition}, "status", "conditions")
		_, err := i.objects.Resource(resource).Namespace(object.GetNamespace()).UpdateStatus(ctx, next, metav1.UpdateOptions{})
		if err != nil && !errors.IsConflict(err) && !errors.IsNotFound(err) {
			klog.ErrorS(err, "an issuer's status was refused", "issuer", object.GetName())
		}
	}
	waiting, _ := i.known.List(labels.Everything())
	for _, request := range waiting {
		if request.Spec.IssuerRef.Name == object.GetName() {
			i.enqueue(request)
		}
	}
}

// readiness is the condition to write, or nil if it is there.
func readiness(object *unstructured.Unstructured, spec issuerSpec) map[string]any {
	status, reason, message := "True", "IsReady", "it can sign"
	if !spec.Ready {
		status, reason, message = "False", "IsNotReady", spec.Message
	}
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, condition := range conditions {
		is := condition.(map[string]any)
		if is["type"] == "Ready" && is["status"] == status && is["message"] == message {
			return nil
		}
	}
	return map[string]any{
		"type": "Ready", "status": status, "reason": reason, "message": message,
		"lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
		"observedGeneration": object.GetGeneration(),
	}
}

func (i *issuer) work(ctx context.Context) {
	for {
		name, ended := i.queue.Get()
		if ended {
			return
		}
		again, err := i.answer(ctx, name)
		switch {
		case err != nil:
			if !errors.IsConflict(err) {
				klog.ErrorS(err, "a request could not be answered", "request", name)
			}
			i.queue.AddRateLimited(name)
		case again > 0:
			i.queue.AddAfter(name, again)
		default:
			i.queue.Forget(name)
		}
		i.queue.Done(name)
	}
}

// answer does the next step of a request; the order is that of cert-manager's own issuers. It says
// after which time to look again, or 0.
func (i *issuer) answer(ctx context.Context, name cache.ObjectName) (time.Duration, error) {
	found, err := i.known.CertificateRequests(name.Namespace).Get(name.Name)
	if errors.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	request := found.DeepCopy()
	switch {
	case isAnswered(request):
		return 0, nil
	case apiutil.CertificateRequestIsDenied(request):
		fail(request, cm.CertificateRequestReasonDenied, "The CertificateRequest was denied by an approval controller")
		return 0, i.update(ctx, request)
	case !apiutil.CertificateRequestIsApproved(request):
		return 0, i.approveIfAsked(ctx, request)
	}
	object, spec, err := i.issuerOf(request)
	switch {
	case errors.IsNotFound(err):
		return 0, i.wait(ctx, request, fmt.Sprintf("Referenced %q not found: %v", request.Spec.IssuerRef.Kind, err))
	case err != nil:
		return 0, err
	case !spec.Ready:
		return 0, i.wait(ctx, request, "Referenced issuer does not have a Ready status condition")
	case spec.Behaviour == "stall":
		return 0, nil
	case spec.Behaviour == "pending":
		return 0, i.wait(ctx, request, spec.Message)
	}
	delay, err := time.ParseDuration(spec.Delay)
	if err != nil {
		return 0, err
	}
	// A time of creation has whole seconds: the second more makes the wait never shorter than told.
	if left := time.Until(request.CreationTimestamp.Add(delay + time.Second)); delay > 0 && left > 0 {
		return left, nil
	}
	ca, err := i.caOf(ctx, object)
	if err != nil {
		return 0, err
	}
	misbehave(request, spec, ca)
	return 0, i.update(ctx, request)
}

func isAnswered(request *cm.CertificateRequest) bool {
	switch apiutil.CertificateRequestReadyReason(request) {
	case cm.CertificateRequestReasonIssued, cm.CertificateRequestReasonFailed, cm.CertificateRequestReasonDenied:
		return true
	}
	return apiutil.CertificateRequestHasInvalidRequest(request)
}

func (i *issuer) approveIfAsked(ctx context.Context, request *cm.CertificateRequest) error {
	if !i.approve {
		return nil
	}
	apiutil.SetCertificateRequestCondition(request, cm.CertificateRequestConditionApproved, cmmeta.ConditionTrue,
		group, "approved by the issuer of the testbed")
	return i.update(ctx, request)
}

func (i *issuer) wait(ctx context.Context, request *cm.CertificateRequest, message string) error {
	condition := apiutil.GetCertificateRequestCondition(request, cm.CertificateRequestConditionReady)
	if condition != nil && condition.Message == message {
		return nil
	}
	apiutil.SetCertificateRequestCondition(request, cm.CertificateRequestConditionReady, cmmeta.ConditionFalse,
		cm.CertificateRequestReasonPending, message)
	return i.update(ctx, request)
}

func (i *issuer) update(ctx context.Context, request *cm.CertificateRequest) error {
	_, err := i.requests.CertmanagerV1().CertificateRequests(request.Namespace).UpdateStatus(ctx, request, metav1.UpdateOptions{})
	if errors.IsNotFound(err) {
		return nil
	}
	return err
}

func (i *issuer) issuerOf(request *cm.CertificateRequest) (*unstructured.Unstructured, issuerSpec, error) {
	ref := request.Spec.IssuerRef
	lister, ok := i.issuers[ref.Kind]
	if !ok {
		return nil, issuerSpec{}, errors.NewNotFound(schema.GroupResource{Group: group, Resource: ref.Kind}, ref.Name)
	}
	var found runtime.Object
	var err error
	if ref.Kind == "TestIssuer" {
		found, err = lister.ByNamespace(request.Namespace).Get(ref.Name)
	} else {
		found, err = lister.Get(ref.Name)
	}
	if err != nil {
		return nil, issuerSpec{}, err
	}
	object := found.(*unstructured.Unstructured)
	spec, err := readSpec(object)
	return object, spec, err
}

// caOf reads the issuer's CA from its Secret, which is made when it is absent: deleting it is how a
// test gives the issuer another CA.
func (i *issuer) caOf(ctx context.Context, object *unstructured.Unstructured) (*authority, error) {
	namespace := object.GetNamespace()
	if namespace == "" {
		namespace = secretNamespace
	}
	secrets, name := i.core.CoreV1().Secrets(namespace), "test-issuer-"+object.GetName()
	found, err := secrets.Get(ctx, name, metav1.GetOptions{})
	if err == nil {
		return readAuthority(found.Data)
	}
	if !errors.IsNotFound(err) {
		return nil, err
	}
	made, err := newAuthority(object.GetName())
	if err != nil {
		return nil, err
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: made.data()}
	if _, err := secrets.Create(ctx, secret, metav1.CreateOptions{}); err != nil {
		return nil, err // of two at once one loses, and finds it at its next try
	}
	return made, nil
}
