// Command peer reads a certificate as a Go peer would: chain and key as a TLS key pair, then the
// chain verified up to the roots, for both directions, and the names one by one.
//
//	peer CHAIN KEY ROOTS URI...
//
// Prints "ok", or says what it refuses and exits with 1.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: peer CHAIN KEY ROOTS URI...")
		os.Exit(2)
	}
	if err := check(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

func check(chain, key, roots string, uris []string) error {
	pair, err := tls.LoadX509KeyPair(chain, key)
	if err != nil {
		return err
	}
	pem, err := os.ReadFile(roots)
	if err != nil {
		return err
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s has no certificate", roots)
	}
	intermediates := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		intermediates.AddCert(certificate)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return err
	}
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		options := x509.VerifyOptions{
			Roots:         trusted,
			Intermediates: intermediates,
			KeyUsages:     []x509.ExtKeyUsage{usage},
		}
		if _, err := leaf.Verify(options); err != nil {
			return err
		}
	}
	var found []string
	for _, uri := range leaf.URIs {
		found = append(found, uri.String())
	}
	if !slices.Equal(found, uris) {
		return fmt.Errorf("names are %q, asked were %q", found, uris)
	}
	if len(leaf.DNSNames)+len(leaf.EmailAddresses)+len(leaf.IPAddresses) > 0 {
		return fmt.Errorf("there are names beside the URIs")
	}
	return nil
}
