// Command kube is a Kubernetes API server with its etcd and the three controllers that tests need
// (garbage collection, namespaces, service accounts) in one process, on the loopback only. There is
// no scheduler and no kubelet: pods are objects, never containers.
//
// When it serves it prints one line of JSON. It ends on SIGTERM, and when its standard input is
// closed, so that nothing outlives the test that started it. Started again with the same --dir and
// --port it is the same cluster: same objects, same keys, same certificate, same tokens.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	genericapiserver "k8s.io/apiserver/pkg/server"
)

type options struct {
	dir                 string
	port                int
	auditLog            string
	priorityAndFairness bool
	more                []string
}

func main() {
	if err := run(read(os.Args[1:])); err != nil {
		fmt.Fprintf(os.Stderr, "kube: %v\n", err)
		os.Exit(1)
	}
}

func read(args []string) options {
	var o options
	flags := flag.NewFlagSet("kube", flag.ExitOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "kube --dir DIR [flags] [-- flags of kube-apiserver]")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.dir, "dir", "", "keeps the state of the cluster; created if absent")
	flags.IntVar(&o.port, "port", 0, "port of the API server; 0: chosen by the system")
	flags.StringVar(&o.auditLog, "audit-log", "", "where every call is written as a line of JSON, but those of the control plane itself")
	flags.BoolVar(&o.priorityAndFairness, "priority-and-fairness", true, "clients of cert-manager limit themselves when it is off")
	_ = flags.Parse(args)
	o.more = flags.Args()
	return o
}

func run(o options) error {
	if o.dir == "" {
		return fmt.Errorf("--dir is missing")
	}
	if o.port == 0 {
		port, err := freePort()
		if err != nil {
			return err
		}
		o.port = port
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	home, err := openHome(o.dir, o.port)
	if err != nil {
		return err
	}
	store, err := startEtcd(ctx, home)
	if err != nil {
		return err
	}
	defer store.Close()
	server := apiServer(home, store.address, o)
	ended := make(chan error, 1)
	go func() { ended <- server.Execute() }()
	go endWithStandardInput()
	go func() {
		if err := control(ctx, home); err != nil {
			fmt.Fprintf(os.Stderr, "kube: %v\n", err)
			genericapiserver.RequestShutdown()
			return
		}
		_ = json.NewEncoder(os.Stdout).Encode(home)
	}()
	return <-ended
}

// The API server has its own handler of signals and takes its orders from it alone.
func endWithStandardInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
