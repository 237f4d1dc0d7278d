package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"net/url"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	apiutil "github.com/cert-manager/cert-manager/pkg/api/util"
	cm "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

// issuerSpec is the specification of a TestIssuer; its defaults are in the CRD.
type issuerSpec struct {
	Behaviour    string `json:"behaviour"`
	Ready        bool   `json:"ready"`
	Intermediate bool   `json:"intermediate"`
	Delay        string `json:"delay"`
	Message      string `json:"message"`
}

func readSpec(object *unstructured.Unstructured) (issuerSpec, error) {
	var spec issuerSpec
	fields, _, err := unstructured.NestedMap(object.Object, "spec")
	if err != nil {
		return spec, err
	}
	return spec, runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &spec)
}

// misbehave writes the answer that the issuer was told to give.
func misbehave(request *cm.CertificateRequest, spec issuerSpec, ca *authority) {
	switch spec.Behaviour {
	case "fail":
		fail(request, cm.CertificateRequestReasonFailed, spec.Message)
	case "invalid-request":
		apiutil.SetCertificateRequestCondition(request, cm.CertificateRequestConditionInvalidRequest, cmmeta.ConditionTrue, "Invalid", spec.Message)
		fail(request, cm.CertificateRequestReasonFailed, spec.Message)
	case "empty":
		issued(request, nil, nil)
	case "garbage":
		issued(request, []byte("this is no certificate\n"), ca.pem())
	default:
		if err := sign(request, spec, ca); err != nil {
			fail(request, cm.CertificateRequestReasonFailed, err.Error())
		}
	}
}

func sign(request *cm.CertificateRequest, spec issuerSpec, ca *authority) error {
	template, err := pki.CertificateTemplateFromCertificateRequest(request)
	if err != nil {
		return fmt.Errorf("the request is refused: %w", err)
	}
	signer, status := ca, ca.pem()
	switch spec.Behaviour {
	case "no-ca":
		status = nil
	case "another-key":
		template.PublicKey, err = anotherKey()
	case "other-names":
		template.ExtraExtensions = nil // the names as they stand in the request
		template.URIs = []*url.URL{{Scheme: "spiffe", Host: "default", Path: "/somebody-else"}}
	case "ca-certificate":
		template.IsCA, template.BasicConstraintsValid = true, true
		template.KeyUsage |= x509.KeyUsageCertSign
	case "expired":
		template.NotBefore, template.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	case "too-long":
		template.NotAfter = template.NotBefore.Add(10 * template.NotAfter.Sub(template.NotBefore))
	case "client-only":
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	case "foreign-root":
		signer, err = newAuthority("somebody else")
	}
	if err != nil {
		return err
	}
	chain, err := signer.issue(template, spec.Intermediate)
	if err != nil {
		return err
	}
	issued(request, chain, status)
	return nil
}

func anotherKey() (crypto.PublicKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return key.Public(), nil
}

func issued(request *cm.CertificateRequest, certificate, ca []byte) {
	request.Status.Certificate, request.Status.CA = certificate, ca
	apiutil.SetCertificateRequestCondition(request, cm.CertificateRequestConditionReady, cmmeta.ConditionTrue,
		cm.CertificateRequestReasonIssued, "Certificate fetched from issuer successfully")
}

func fail(request *cm.CertificateRequest, reason, message string) {
	now := metav1.Now()
	request.Status.FailureTime = &now
	apiutil.SetCertificateRequestCondition(request, cm.CertificateRequestConditionReady, cmmeta.ConditionFalse, reason, message)
}
