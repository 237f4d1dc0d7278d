package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// An authority signs with one key, whose certificate is a root until it is said otherwise.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(name string) (*authority, error) {
	return makeAuthority(name+" root", nil)
}

// makeAuthority makes one that parent signs, or that signs itself.
func makeAuthority(name string, parent *authority) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: name, Organization: []string{"Testbed"}},
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	if parent == nil {
		parent = &authority{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.certificate, key.Public(), parent.key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &authority{certificate, key}, err
}

// issue signs the leaf, or has an intermediate of the moment sign it, and gives the chain without the
// root.
func (a *authority) issue(leaf *x509.Certificate, byIntermediate bool) ([]byte, error) {
	signer, rest := a, []byte(nil)
	if byIntermediate {
		intermediate, err := makeAuthority(a.certificate.Subject.CommonName+" intermediate", a)
		if err != nil {
			return nil, err
		}
		signer, rest = intermediate, intermediate.pem()
	}
	leaf.SerialNumber = serial()
	der, err := x509.CreateCertificate(rand.Reader, leaf, signer.certificate, leaf.PublicKey, signer.key)
	if err != nil {
		return nil, err
	}
	return append(block("CERTIFICATE", der), rest...), nil
}

func (a *authority) pem() []byte {
	return block("CERTIFICATE", a.certificate.Raw)
}

// data is the authority as the data of a Secret.
func (a *authority) data() map[string][]byte {
	der, err := x509.MarshalECPrivateKey(a.key)
	if err != nil {
		panic(err) // of a key that we made
	}
	return map[string][]byte{"tls.crt": a.pem(), "tls.key": block("EC PRIVATE KEY", der)}
}

func readAuthority(data map[string][]byte) (*authority, error) {
	pair, err := tls.X509KeyPair(data["tls.crt"], data["tls.key"])
	if err != nil {
		return nil, err
	}
	return &authority{pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)}, nil
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func serial() *big.Int {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // never since Go 1.24
	}
	return number
}
