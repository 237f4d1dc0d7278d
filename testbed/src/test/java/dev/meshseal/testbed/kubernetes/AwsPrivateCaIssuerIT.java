package dev.meshseal.testbed.kubernetes;

import static dev.meshseal.testbed.kubernetes.CertificateRequests.csr;
import static dev.meshseal.testbed.kubernetes.CertificateRequests.newKey;
import static dev.meshseal.testbed.kubernetes.CertificateRequests.text;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.mesh.BackendConf;
import dev.meshseal.testbed.kubernetes.CertificateRequests.IssuerRef;
import dev.meshseal.x509.Pem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * AWS Private CA Issuer's real controller on the cluster of the tests; what stands for AWS signs.
 */
class AwsPrivateCaIssuerIT {
  private static final TestCluster CLUSTER = TestCluster.shared();
  private static final List<String> NAMES =
      List.of("spiffe://default/web", "kuma://kuma.io/service/web");

  @TempDir Path folder;

  @Test
  void signsTheNamesOfARequestThatCertManagerApproves() throws Exception {
    CertManager.shared();
    try (var moto = Moto.start(folder);
        var issuer = AwsPrivateCaIssuer.start(CLUSTER, folder, moto.environment())) {
      var namespace = CLUSTER.namespace("aws");
      issuer.make(namespace, "mesh", moto.makeRoot("mesh root"));
      var requests = new CertificateRequests(CLUSTER.api(), namespace);
      var ref = new IssuerRef(AwsPrivateCaIssuer.GROUP, "AWSPCAIssuer", "mesh");
      var key = newKey();

      var asked =
          requests.ask(
              ref, csr(key, NAMES), Duration.ofHours(1), List.of("server auth", "client auth"));

      var status = requests.awaitReady(asked, "Issued");
      var leaf = Pem.readCertificates(text(status, "certificate").getBytes(US_ASCII)).getFirst();
      var root = Pem.readCertificates(text(status, "ca").getBytes(US_ASCII)).getFirst();
      leaf.verify(root.getPublicKey());
      assertThat(leaf.getPublicKey()).isEqualTo(key.getPublic());
      assertThat(leaf.getSubjectAlternativeNames())
          .extracting(name -> name.get(1))
          .map(Object::toString)
          .containsExactlyElementsOf(NAMES);
    }
  }

  /** What stands for AWS signs for a year, whatever is asked; AWS itself keeps to it. */
  @Test
  void isAskedByTheBackendWhichRefusesALeafThatLivesTooLong() throws Exception {
    CertManager.shared();
    var namespace = CLUSTER.namespace("aws-backend");
    var ref =
        new BackendConf.CertManager.IssuerRef("mesh", "AWSPCAIssuer", AwsPrivateCaIssuer.GROUP);
    try (var moto = Moto.start(folder);
        var issuer = AwsPrivateCaIssuer.start(CLUSTER, folder, moto.environment());
        var operator = Operator.in(CLUSTER, namespace, folder)) {
      issuer.make(namespace, "mesh", moto.makeRoot("mesh root"));

      assertThatThrownBy(() -> operator.open(ref))
          .hasMessageContaining("AWSPCAIssuer 'mesh' of group 'awspca.cert-manager.io'")
          .hasMessageContaining("answered with what must not be served: it ends at")
          .hasMessageContaining("have it keep to the duration of the request");
    }
  }
}
