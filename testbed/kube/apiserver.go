package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// The control plane's own calls are left out: they are not what a test counts.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:apiserver", "system:kube-controller-manager"]
- level: None
  nonResourceURLs: ["/readyz*", "/livez*", "/healthz*"]
- level: Metadata
`

func apiServer(h *home, store string, o options) *cobra.Command {
	args := []string{
		"--etcd-servers=" + store,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", h.Port),
		"--endpoint-reconciler-type=none", // a loopback address is no endpoint
		"--cert-dir=" + filepath.Dir(h.Ca),
		"--token-auth-file=" + h.Tokens,
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-signing-key-file=" + h.SigningKey,
		"--service-account-key-file=" + h.SigningKey,
		"--service-cluster-ip-range=10.0.0.0/24",
		"--allow-privileged",
		"--shutdown-watch-termination-grace-period=2s", // or an open watch holds up an orderly end for a minute
		fmt.Sprintf("--enable-priority-and-fairness=%t", o.priorityAndFairness),
	}
	if o.auditLog != "" {
		args = append(args, auditArgs(h, o.auditLog)...)
	}
	command := app.NewAPIServerCommand()
	command.SetArgs(append(args, o.more...))
	return command
}

func auditArgs(h *home, log string) []string {
	policy := filepath.Join(h.dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		panic(err)
	}
	return []string{
		"--audit-policy-file=" + policy,
		"--audit-log-path=" + log,
		"--audit-log-mode=blocking",
		"--audit-log-maxsize=2000", // one file, or a count would need all of them
	}
}
