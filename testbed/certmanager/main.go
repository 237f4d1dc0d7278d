// Command certmanager runs cert-manager's own controllers, or an external issuer of ours that can be
// told to misbehave, against a Kubernetes API server:
//
//	certmanager controllers --kubeconfig FILE --admin-kubeconfig FILE --crds FOLDER [--approve=false] [--qps N --burst N]
//	certmanager issuer --kubeconfig FILE [--approve]
//
// Each applies its CRDs, prints one line of JSON when it works, and ends on SIGTERM and when its
// standard input is closed. Nothing here listens on a port.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/klog/v2"
)

func main() {
	if len(os.Args) < 2 {
		die(fmt.Errorf("which one: controllers or issuer"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	ctx, cancel := context.WithCancel(klog.NewContext(ctx, klog.Background()))
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := run(ctx, os.Args[1], os.Args[2:]); err != nil && ctx.Err() == nil {
		die(err)
	}
}

func run(ctx context.Context, what string, args []string) error {
	// A set of our own: dependencies register flags in the common one.
	flags := flag.NewFlagSet(what, flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "how to reach the API server")
	switch what {
	case "controllers":
		o := controllerOptions{}
		flags.StringVar(&o.adminKubeconfig, "admin-kubeconfig", "", "how to reach it as one who may install CRDs and rights")
		flags.StringVar(&o.crds, "crds", "", "folder of cert-manager's CRDs")
		flags.BoolVar(&o.approve, "approve", true, "approve what the rights of this user allow it to approve")
		flags.Float64Var(&o.qps, "qps", 20, "calls a second, where the API server has no priority and fairness")
		flags.IntVar(&o.burst, "burst", 50, "calls at once, where the API server has no priority and fairness")
		_ = flags.Parse(args)
		o.kubeconfig = *kubeconfig
		return runControllers(ctx, o)
	case "issuer":
		approve := flags.Bool("approve", false, "approve the requests of its own group")
		_ = flags.Parse(args)
		return runIssuer(ctx, *kubeconfig, *approve)
	default:
		return fmt.Errorf("there is no %q; there are: controllers, issuer", what)
	}
}

func sayReady() {
	fmt.Println(`{"ready":true}`)
}

func die(err error) {
	fmt.Fprintf(os.Stderr, "certmanager: %v\n", err)
	os.Exit(1)
}
