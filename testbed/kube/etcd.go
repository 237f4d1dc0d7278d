package main

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/embed"
)

type etcd struct {
	*embed.Etcd
	address string
}

func startEtcd(ctx context.Context, h *home) (*etcd, error) {
	anyPort := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	config := embed.NewConfig()
	config.Dir = filepath.Join(h.dir, "etcd")
	config.UnsafeNoFsync = true      // a killed process loses nothing by it, only a killed machine
	config.EnableGRPCGateway = false // it would dial the port 0 for ever
	config.ListenClientUrls, config.AdvertiseClientUrls = anyPort, anyPort
	config.ListenPeerUrls, config.AdvertisePeerUrls = anyPort, anyPort
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.LogOutputs = []string{filepath.Join(h.dir, "etcd.log")}
	config.LogLevel = "warn"
	started, err := embed.StartEtcd(config)
	if err != nil {
		return nil, fmt.Errorf("etcd did not start: %w", err)
	}
	select {
	case <-started.Server.ReadyNotify():
		return &etcd{started, "http://" + started.Clients[0].Addr().String()}, nil
	case err := <-started.Err():
		return nil, fmt.Errorf("etcd ended: %w", err)
	case <-ctx.Done():
		started.Close()
		return nil, ctx.Err()
	}
}
