package dev.meshseal.server.auth;

import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.Pem;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens of a Kuma or Kong Mesh installation go on working where the Secrets of its meshes are
 * among ours: its signing keys {@code dataplane-token-signing-key-MESH-SERIAL}, private or public,
 * and its lists {@code dataplane-token-revocations-MESH}. A key speaks for its own mesh only, and
 * its serial is the {@code kid}. Thread-safe; never blocks.
 */
public final class KumaTokenTrust {
  private static final Logger LOG = LoggerFactory.getLogger(KumaTokenTrust.class);
  private static final Pattern SERIAL = Pattern.compile("[0-9]{1,9}");

  /** Where Secrets are found, as they are now. */
  public interface MeshSecrets {
    Optional<MeshSecret> find(String mesh, String name);
  }

  /** A Secret of one mesh. Its {@code toString} shows its name, never its data. */
  public record MeshSecret(String mesh, String name, String base64) {
    byte[] data() {
      return Base64.getDecoder().decode(base64);
    }

    @Override
    public String toString() {
      return "secret '%s' of mesh '%s'".formatted(name, mesh);
    }
  }

  private record Understood<T>(String base64, T value) {}

  private final MeshSecrets secrets;
  private final List<Runnable> bells = new CopyOnWriteArrayList<>();
  private final Map<String, Understood<Optional<VerificationKey>>> keys = new ConcurrentHashMap<>();
  private final Map<String, Understood<Set<String>>> revoked = new ConcurrentHashMap<>();

  public KumaTokenTrust(MeshSecrets secrets) {
    this.secrets = secrets;
  }

  /** To be called after a Secret has changed. */
  public void changed() {
    bells.forEach(Runnable::run);
  }

  public VerificationKeys keys() {
    return new VerificationKeys() {
      @Override
      public List<VerificationKey> find(String kid, Optional<String> mesh) {
        return mesh.flatMap(name -> key(name, kid)).stream().toList();
      }

      @Override
      public void onChange(Runnable bell) {
        bells.add(bell);
      }
    };
  }

  public Revocations revocations() {
    return new Revocations() {
      @Override
      public boolean isRevoked(Optional<String> mesh, String tokenId) {
        return mesh.map(KumaTokenTrust.this::revoked).orElse(Set.of()).contains(tokenId);
      }

      @Override
      public void onChange(Runnable bell) {
        bells.add(bell);
      }
    };
  }

  private Optional<VerificationKey> key(String mesh, String kid) {
    // What an unverified token says must not become any name it likes.
    if (!SERIAL.matcher(kid).matches()) {
      return Optional.empty();
    }
    return secrets
        .find(mesh, "dataplane-token-signing-key-%s-%s".formatted(mesh, kid))
        .flatMap(secret -> understood(keys, secret, found -> readKey(found, kid)));
  }

  private Set<String> revoked(String mesh) {
    return secrets
        .find(mesh, "dataplane-token-revocations-" + mesh)
        .map(secret -> understood(revoked, secret, KumaTokenTrust::readIds))
        .orElse(Set.of());
  }

  // To read an RSA key costs more than to verify with it.
  private static <T> T understood(
      Map<String, Understood<T>> cache, MeshSecret secret, Function<MeshSecret, T> read) {
    var name = secret.mesh() + "/" + secret.name();
    var known = cache.get(name);
    if (known != null && known.base64().equals(secret.base64())) {
      return known.value();
    }
    var fresh = new Understood<>(secret.base64(), read.apply(secret));
    cache.put(name, fresh);
    return fresh.value();
  }

  private static Optional<VerificationKey> readKey(MeshSecret secret, String kid) {
    try {
      var key = Pem.readPublicKey(secret.data());
      return Optional.of(VerificationKey.of(kid, Optional.of(secret.mesh()), key));
    } catch (InvalidPemException | IllegalArgumentException e) {
      LOG.warn("{} is not a key of tokens: {}", secret, e.getMessage());
      return Optional.empty();
    }
  }

  private static Set<String> readIds(MeshSecret secret) {
    var text = new String(secret.data(), StandardCharsets.UTF_8);
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(id -> !id.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }
}
