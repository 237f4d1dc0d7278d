package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Each has a token and a kubeconfig of its own, so that the audit log tells whose call it was. All may
// do everything but those without a group, who have the rights they are given.
var users = []struct{ name, group string }{
	{"admin", "system:masters"},
	{controllersUser, "system:masters"},
	{"cert-manager", ""},
	{"test-issuer", "system:masters"},
	{"aws-privateca-issuer", "system:masters"},
}

const controllersUser = "system:kube-controller-manager"

// home is the folder that a cluster lives in. Its JSON is the line that is printed when it serves.
type home struct {
	Server      string `json:"server"`
	Port        int    `json:"port"`
	Kubeconfig  string `json:"kubeconfig"`
	Kubeconfigs string `json:"kubeconfigs"`
	Ca          string `json:"ca"`
	SigningKey  string `json:"signingKey"`
	Tokens      string `json:"tokens"`
	dir         string
	tokens      map[string]string
}

func openHome(dir string, port int) (*home, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	h := &home{
		Server:      fmt.Sprintf("https://127.0.0.1:%d", port),
		Port:        port,
		Kubeconfig:  filepath.Join(dir, "kubeconfigs", "admin"),
		Kubeconfigs: filepath.Join(dir, "kubeconfigs"),
		Ca:          filepath.Join(dir, "certificates", "apiserver.crt"),
		SigningKey:  filepath.Join(dir, "service-accounts.key"),
		Tokens:      filepath.Join(dir, "tokens.csv"),
		dir:         dir,
		tokens:      map[string]string{},
	}
	for _, folder := range []string{h.Kubeconfigs, filepath.Dir(h.Ca)} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	return h, errors.Join(h.keepTokens(), h.keepSigningKey())
}

// Lines of TOKEN,USER,ID,"GROUP"; those of an earlier run are kept.
func (h *home) keepTokens() error {
	text, err := os.ReadFile(h.Tokens)
	if errors.Is(err, fs.ErrNotExist) {
		text = newTokens()
		err = os.WriteFile(h.Tokens, text, 0o600)
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(line, ",")
		h.tokens[fields[1]] = fields[0]
	}
	return nil
}

func newTokens() []byte {
	var text strings.Builder
	for _, user := range users {
		secret := make([]byte, 16)
		_, _ = rand.Read(secret) // never fails since Go 1.24
		fmt.Fprintf(&text, "%s,%s,%s,%q\n", hex.EncodeToString(secret), user.name, user.name, user.group)
	}
	return []byte(text.String())
}

func (h *home) keepSigningKey() error {
	if _, err := os.Stat(h.SigningKey); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	// SEC 1, the one form of an EC key that client-go's keyutil reads without a parameter block.
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return os.WriteFile(h.SigningKey, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

// writeKubeconfigs needs the server's certificate, which it makes while it starts.
func (h *home) writeKubeconfigs() error {
	ca, err := os.ReadFile(h.Ca)
	if err != nil {
		return err
	}
	for user, token := range h.tokens {
		config := api.NewConfig()
		config.Clusters["testbed"] = &api.Cluster{Server: h.Server, CertificateAuthorityData: ca}
		config.AuthInfos[user] = &api.AuthInfo{Token: token}
		config.Contexts["testbed"] = &api.Context{Cluster: "testbed", AuthInfo: user}
		config.CurrentContext = "testbed"
		if err := clientcmd.WriteToFile(*config, filepath.Join(h.Kubeconfigs, user)); err != nil {
			return err
		}
	}
	return nil
}

// client is the control plane's own way to the API server; no limit of its own slows it.
func (h *home) client() *rest.Config {
	return &rest.Config{
		Host:            h.Server,
		BearerToken:     h.tokens[controllersUser],
		TLSClientConfig: rest.TLSClientConfig{CAFile: h.Ca},
		QPS:             -1,
	}
}
