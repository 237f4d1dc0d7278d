package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.meshseal.issuance.Versioned;
import dev.meshseal.x509.TrustBundle;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class EnvoySecretsTest {
  private static final TrustBundle ONE = TestRoots.first(1);
  private static final TrustBundle TWO = TestRoots.first(2);

  private final EnvoySecrets envoy = new EnvoySecrets("meshseal-0");

  private static Versioned<SecretValue> roots(TrustBundle bundle) {
    return new Versioned<>(new SecretValue.Roots(bundle), "v1");
  }

  private static Versioned<SecretValue> identity(int serial) {
    return new Versioned<>(new SecretValue.Identity(FakeSecrets.certificate(serial)), "v1");
  }

  private DiscoveryResponse response(String name, Versioned<SecretValue> secret)
      throws InvalidProtocolBufferException {
    return DiscoveryResponse.parseFrom(
        envoy.render(Variant.SOTW, ResourceName.parse(name), secret).bytes());
  }

  private Secret secret(String name, Versioned<SecretValue> secret)
      throws InvalidProtocolBufferException {
    return response(name, secret).getResources(0).unpack(Secret.class);
  }

  @Test
  void writesAnIdentityAsATlsCertificate() throws Exception {
    var secret = secret("default", identity(7));

    assertThat(secret.getName()).isEqualTo("default");
    assertThat(secret.getTlsCertificate().getCertificateChain().getInlineBytes().toStringUtf8())
        .isEqualTo("chain 7");
    assertThat(secret.getTlsCertificate().getPrivateKey().getInlineBytes().toStringUtf8())
        .isEqualTo("key 7");
  }

  @Test
  void writesRootsAsAPlainTrustedCa() throws Exception {
    var secret = secret("ROOTCA", roots(ONE));

    assertThat(secret.getValidationContext().getTrustedCa().getInlineBytes().toStringUtf8())
        .isEqualTo(ONE.pem());
    assertThat(secret.getValidationContext().hasCustomValidatorConfig()).isFalse();
  }

  @Test
  void poolsTheRootsOfAllMeshes() throws Exception {
    var all = new SecretValue.Pooled(new TreeMap<>(Map.of("a", ONE, "b", TWO, "c", ONE)));

    var secret = secret("mesh_ca:secret:all", new Versioned<>(all, "v1"));

    assertThat(secret.getValidationContext().getTrustedCa().getInlineBytes().toStringUtf8())
        .isEqualTo(ONE.union(TWO).pem());
  }

  @Test
  void keepsTrustDomainsApartForTheSpiffeValidator() throws Exception {
    var all =
        new SecretValue.Separate(new TreeMap<>(Map.of("b", TWO, "a", ONE, "c", TrustBundle.EMPTY)));

    var context = secret("ALL", new Versioned<>(all, "v1")).getValidationContext();

    var validator =
        context.getCustomValidatorConfig().getTypedConfig().unpack(SPIFFECertValidatorConfig.class);
    assertThat(context.hasTrustedCa()).isFalse();
    assertThat(context.getCustomValidatorConfig().getName())
        .isEqualTo("envoy.tls.cert_validator.spiffe");
    assertThat(validator.getTrustDomainsList())
        .extracting(domain -> domain.getName() + domain.getTrustBundle().getInlineBytes().size())
        .containsExactly("a" + ONE.pem().length(), "b" + TWO.pem().length());
  }

  @Test
  void saysItsVersionTypeAndControlPlane() throws Exception {
    var response = response("ROOTCA", roots(ONE));

    assertThat(response.getVersionInfo()).isEqualTo("v1");
    assertThat(response.getTypeUrl()).isEqualTo(EnvoySecrets.TYPE_URL);
    assertThat(response.getControlPlane().getIdentifier()).isEqualTo("meshseal-0");
  }

  @Test
  void saysInDeltaTheNameAndVersionOfTheResource() throws Exception {
    var response =
        DeltaDiscoveryResponse.parseFrom(
            envoy.render(Variant.DELTA, ResourceName.parse("ROOTCA"), roots(ONE)).bytes());

    assertThat(response.getResources(0).getName()).isEqualTo("ROOTCA");
    assertThat(response.getResources(0).getVersion()).isEqualTo("v1");
    assertThat(response.getTypeUrl()).isEqualTo(EnvoySecrets.TYPE_URL);
    assertThat(response.getControlPlane().getIdentifier()).isEqualTo("meshseal-0");
  }

  @Test
  void addsTheNonceOfAStreamInBothVariants() throws Exception {
    var tail = EnvoySecrets.tail(new SecretsResponse(List.of(), Optional.empty(), 17));

    assertThat(DiscoveryResponse.parseFrom(tail).getNonce()).isEqualTo("17");
    assertThat(DeltaDiscoveryResponse.parseFrom(tail).getNonce()).isEqualTo("17");
  }

  @Test
  void writesTheSameBytesByStreamAndByDrain() throws IOException {
    var rendering = envoy.render(Variant.SOTW, ResourceName.parse("ROOTCA"), roots(ONE));
    var marshaller = new ResponseMarshaller();
    var drained = new ByteArrayOutputStream();

    var read = marshaller.stream(SecretsResponse.of(rendering.bytes(), 5)).readAllBytes();
    var stream = marshaller.stream(SecretsResponse.of(rendering.bytes(), 5));
    var length = stream.available();
    ((io.grpc.Drainable) stream).drainTo(drained);

    assertThat(drained.toByteArray()).isEqualTo(read).hasSize(length);
    assertThat(DiscoveryResponse.parseFrom(read).getNonce()).isEqualTo("5");
  }

  @Test
  void serialisesASecretOnceForAllStreams() {
    var secret = roots(ONE);

    var first = envoy.render(Variant.SOTW, ResourceName.parse("ROOTCA"), secret);
    var second =
        envoy.render(Variant.SOTW, ResourceName.parse("ROOTCA"), roots(TestRoots.first(1)));

    assertThat(second).isSameAs(first);
  }

  @Test
  void neverTakesTheKeyOfOneProxyForThatOfAnotherOfTheSameVersion() throws Exception {
    envoy.render(Variant.SOTW, ResourceName.parse("default"), identity(1));

    var other = secret("default", identity(2));

    assertThat(other.getTlsCertificate().getPrivateKey().getInlineBytes().toStringUtf8())
        .isEqualTo("key 2");
  }

  @Test
  void forgetsBytesThatNobodyIsAboutToSend() {
    for (var i = 0; i < 1_000; i++) {
      envoy.render(
          Variant.SOTW,
          ResourceName.parse("default"),
          new Versioned<>(new SecretValue.Identity(FakeSecrets.certificate(i)), "v" + i));
    }

    org.awaitility.Awaitility.await()
        .until(
            () -> {
              System.gc();
              return envoy.cachedRenderings() == 0;
            });
  }

  @Test
  void printsNoKey() {
    var rendering = envoy.render(Variant.SOTW, ResourceName.parse("default"), identity(7));

    assertThat(rendering.toString() + SecretsResponse.of(rendering.bytes(), 1) + identity(7))
        .doesNotContain("key 7")
        .doesNotContain(ByteString.copyFromUtf8("key 7").toString());
  }
}
