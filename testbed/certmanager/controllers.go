package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/vault"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/vault"
)

type controllerOptions struct {
	kubeconfig      string
	adminKubeconfig string
	crds            string
	approve         bool
	qps             float64
	burst           int
}

// runControllers runs cert-manager with the settings of its own chart.
func runControllers(ctx context.Context, o controllerOptions) error {
	if err := install(ctx, o); err != nil {
		return err
	}
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		Kubeconfig:         o.kubeconfig,
		KubernetesAPIQPS:   float32(o.qps),
		KubernetesAPIBurst: o.burst,
		IssuerOptions:      controller.IssuerOptions{ClusterResourceNamespace: "cert-manager"},
		CertificateOptions: controller.CertificateOptions{
			CertificateRequestMinimumBackoffDuration: time.Hour,
			CertificateRequestMaximumBackoffDuration: 32 * time.Hour,
		},
	})
	if err != nil {
		return err
	}
	for name, build := range controller.Known() {
		if isLeftOut(name, o.approve) {
			continue
		}
		built, err := build(factory)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		go func() {
			if err := built.Run(5, ctx); err != nil && ctx.Err() == nil {
				klog.ErrorS(err, "a controller ended", "controller", name)
			}
		}()
	}
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	shared.SharedInformerFactory.WaitForCacheSync(ctx.Done())
	shared.KubeSharedInformerFactory.WaitForCacheSync(ctx.Done())
	sayReady()
	<-ctx.Done()
	return nil
}

//go:embed rights/*.yaml
var rights embed.FS

// install makes present what cert-manager's chart does: CRDs, and the rights of its service account.
func install(ctx context.Context, o controllerOptions) error {
	admin, err := clientcmd.BuildConfigFromFlags("", o.adminKubeconfig)
	if err != nil {
		return err
	}
	if err := applyAll(ctx, admin, os.DirFS(o.crds)); err != nil {
		return err
	}
	folder, err := fs.Sub(rights, "rights")
	if err != nil {
		return err
	}
	return applyAll(ctx, admin, folder)
}

func isLeftOut(name string, approve bool) bool {
	return strings.HasPrefix(name, "certificatesigningrequests-") || name == approver.ControllerName && !approve
}
