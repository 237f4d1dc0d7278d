package dev.meshseal.server.sds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.meshseal.issuance.Versioned;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.TrustBundle;
import io.envoyproxy.envoy.config.core.v3.ControlPlane;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * From our values to Envoy's bytes. A secret is serialised once however many streams want it; the
 * bytes are kept for as long as somebody is about to send them, and no longer. Thread-safe.
 */
final class EnvoySecrets {
  static final String TYPE_URL =
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

  private final ControlPlane controlPlane;
  private final ConcurrentMap<Key, Cached> renderings = new ConcurrentHashMap<>();
  private final ReferenceQueue<Rendering> forgotten = new ReferenceQueue<>();

  /**
   * @param identifier shown in Envoy's statistics as that of its control plane
   */
  EnvoySecrets(String identifier) {
    controlPlane = ControlPlane.newBuilder().setIdentifier(identifier).build();
  }

  /** A response but for its nonce. */
  record Rendering(SecretValue value, ByteString bytes) {
    /** The bytes hold a private key. */
    @Override
    public String toString() {
      return "response of %d bytes".formatted(bytes.size());
    }
  }

  // The key has the version, for speed; what decides is that the values are equal, so that no
  // source of secrets can ever make one proxy get the key of another.
  private record Key(Variant variant, String name, String version) {}

  private static final class Cached extends WeakReference<Rendering> {
    private final Key key;

    Cached(Key key, Rendering rendering, ReferenceQueue<Rendering> queue) {
      super(rendering, queue);
      this.key = key;
    }
  }

  /** The response that carries one secret. */
  Rendering render(Variant variant, ResourceName name, Versioned<SecretValue> secret) {
    forget();
    var key = new Key(variant, name.text(), secret.version());
    var cached = renderings.get(key);
    var known = cached == null ? null : cached.get();
    if (known != null && known.value().equals(secret.value())) {
      return known;
    }
    var rendering = new Rendering(secret.value(), bytes(variant, name, secret));
    renderings.put(key, new Cached(key, rendering, forgotten));
    return rendering;
  }

  int cachedRenderings() {
    forget();
    return renderings.size();
  }

  private void forget() {
    for (var gone = forgotten.poll(); gone != null; gone = forgotten.poll()) {
      if (gone instanceof Cached cached) {
        renderings.remove(cached.key, cached);
      }
    }
  }

  /** The response that says of a name that it is not there. State of the world has none. */
  ByteString removal(ResourceName name) {
    return DeltaDiscoveryResponse.newBuilder()
        .setTypeUrl(TYPE_URL)
        .addRemovedResources(name.text())
        .setControlPlane(controlPlane)
        .build()
        .toByteString();
  }

  /**
   * What is a stream's own of a response. Protobuf takes fields in any order, and concatenated
   * messages as one whose last field wins and whose lists are joined (Protocol Buffers, Encoding).
   * The nonce has the same number in both variants.
   */
  static ByteString tail(SecretsResponse response) {
    var tail = DiscoveryResponse.newBuilder().setNonce(Integer.toString(response.nonce()));
    response.version().ifPresent(tail::setVersionInfo);
    return tail.build().toByteString();
  }

  /** One version for several secrets. */
  static String version(List<String> versions) {
    return Fingerprint.of(String.join(",", versions));
  }

  private ByteString bytes(Variant variant, ResourceName name, Versioned<SecretValue> secret) {
    var resource =
        Any.newBuilder()
            .setTypeUrl(TYPE_URL)
            .setValue(secret(name, secret.value()).toByteString())
            .build();
    return switch (variant) {
      case SOTW, FETCH ->
          DiscoveryResponse.newBuilder()
              .setVersionInfo(secret.version())
              .addResources(resource)
              .setTypeUrl(TYPE_URL)
              .setControlPlane(controlPlane)
              .build()
              .toByteString();
      case DELTA ->
          DeltaDiscoveryResponse.newBuilder()
              .addResources(
                  Resource.newBuilder()
                      .setName(name.text())
                      .setVersion(secret.version())
                      .setResource(resource))
              .setTypeUrl(TYPE_URL)
              .setControlPlane(controlPlane)
              .build()
              .toByteString();
    };
  }

  private static Secret secret(ResourceName name, SecretValue value) {
    var secret = Secret.newBuilder().setName(name.text());
    return switch (value) {
      case SecretValue.Identity own ->
          secret.setTlsCertificate(identity(own.certificate())).build();
      case SecretValue.Roots roots -> secret.setValidationContext(roots(roots.bundle())).build();
      case SecretValue.Pooled pooled ->
          secret
              .setValidationContext(
                  roots(
                      pooled.byTrustDomain().values().stream()
                          .reduce(TrustBundle.EMPTY, TrustBundle::union)))
              .build();
      case SecretValue.Separate separate ->
          secret.setValidationContext(separate(separate.byTrustDomain())).build();
    };
  }

  private static TlsCertificate identity(IdentityCertificate certificate) {
    return TlsCertificate.newBuilder()
        .setCertificateChain(inline(certificate.chainPem()))
        .setPrivateKey(inline(certificate.privateKeyPem()))
        .build();
  }

  private static CertificateValidationContext roots(TrustBundle bundle) {
    return CertificateValidationContext.newBuilder().setTrustedCa(inline(bundle.pem())).build();
  }

  // Without trusted_ca: set but empty, it would replace the one of a static default context.
  private static CertificateValidationContext separate(SortedMap<String, TrustBundle> bundles) {
    var validator = SPIFFECertValidatorConfig.newBuilder();
    bundles.forEach(
        (trustDomain, bundle) -> {
          if (!bundle.isEmpty()) {
            validator.addTrustDomains(
                SPIFFECertValidatorConfig.TrustDomain.newBuilder()
                    .setName(trustDomain)
                    .setTrustBundle(inline(bundle.pem())));
          }
        });
    return CertificateValidationContext.newBuilder()
        .setCustomValidatorConfig(
            TypedExtensionConfig.newBuilder()
                .setName("envoy.tls.cert_validator.spiffe")
                .setTypedConfig(Any.pack(validator.build())))
        .build();
  }

  private static DataSource inline(String pem) {
    return DataSource.newBuilder().setInlineBytes(ByteString.copyFromUtf8(pem)).build();
  }
}
