// Leaf prints how many leaf certificates Go's standard library makes in a second of CPU: a P-256
// key, a certificate of an authority that was parsed once, and the PEM of both.
//
// Usage: leaf SECONDS
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log"
	"math/big"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"
)

var serials = new(big.Int).Lsh(big.NewInt(1), 120)

func main() {
	seconds, err := strconv.ParseFloat(os.Args[1], 64)
	check(err)
	authority, key := authority()
	until := cpu() + seconds
	start, leaves, length := cpu(), 0, 0
	for cpu() < until {
		for i := 0; i < 50; i++ {
			length += len(leaf(authority, key))
			leaves++
		}
	}
	if length == 0 {
		log.Fatal("nothing was made")
	}
	fmt.Printf("leaf %.1f\n", float64(leaves)/(cpu()-start))
}

func authority() (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "default"},
		NotBefore:             time.Now(),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	check(err)
	certificate, err := x509.ParseCertificate(der)
	check(err)
	return certificate, key
}

func leaf(authority *x509.Certificate, authorityKey *ecdsa.PrivateKey) []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	serial, err := rand.Int(rand.Reader, serials)
	check(err)
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          serial,
		NotBefore:             now.Add(-10 * time.Second),
		NotAfter:              now.Add(time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		URIs: []*url.URL{
			{Scheme: "spiffe", Host: "default", Path: "/web"},
			{Scheme: "kuma", Host: "kuma.io", Path: "/service/web"},
		},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, &key.PublicKey, authorityKey)
	check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	check(err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
}

func cpu() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
