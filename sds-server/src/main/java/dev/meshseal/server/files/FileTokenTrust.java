package dev.meshseal.server.files;

import dev.meshseal.server.auth.Revocations;
import dev.meshseal.server.auth.SigningKey;
import dev.meshseal.server.auth.VerificationKey;
import dev.meshseal.server.auth.VerificationKeys;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the running server knows of signing keys and revoked tokens. It follows the data directory:
 * what a command changes there counts here within a second. A file that cannot be read changes
 * nothing. Thread-safe; asking never blocks.
 */
public final class FileTokenTrust implements AutoCloseable {
  private record Keys(Map<String, PublicKey> read, Map<String, VerificationKey> ready) {}

  private final FileSigningKeys signingKeys;
  private final FileRevocations revocations;
  private final Bells bells = new Bells();
  private volatile Keys keys;
  private volatile Set<String> revoked;
  // Two, so that damage to a key does not keep a token from being revoked.
  private final List<FileWatch> watches;

  private FileTokenTrust(DataDirectory data, FileSigningKeys keys, FileRevocations revocations) {
    this.signingKeys = keys;
    this.revocations = revocations;
    this.keys = ready(keys.all());
    this.revoked = revocations.ids();
    this.watches =
        List.of(
            FileWatch.start(List.of(keys.folder()), this::lookAtKeys),
            FileWatch.start(List.of(data.root()), this::lookAtRevocations));
  }

  /**
   * Reads both, makes the first key where there is none, and goes on watching.
   *
   * @throws DataDirectoryException if a file is damaged, foreign or newer
   */
  public static FileTokenTrust open(
      DataDirectory data, FileSigningKeys keys, FileRevocations revocations) {
    keys.current();
    return new FileTokenTrust(data, keys, revocations);
  }

  /** Our own keys, each good for tokens of every mesh. */
  public VerificationKeys keys() {
    return new VerificationKeys() {
      @Override
      public List<VerificationKey> find(String kid, Optional<String> mesh) {
        return Optional.ofNullable(keys.ready().get(kid)).stream().toList();
      }

      @Override
      public void onChange(Runnable bell) {
        bells.add(bell);
      }
    };
  }

  /** The list of the data directory. */
  public Revocations revocations() {
    return new Revocations() {
      @Override
      public boolean isRevoked(Optional<String> mesh, String tokenId) {
        return revoked.contains(tokenId);
      }

      @Override
      public void onChange(Runnable bell) {
        bells.add(bell);
      }
    };
  }

  @Override
  public void close() {
    watches.forEach(FileWatch::close);
  }

  private void lookAtKeys() {
    var now = ready(signingKeys.all());
    if (!now.read().equals(keys.read())) {
      keys = now;
      bells.ring();
    }
  }

  private void lookAtRevocations() {
    var now = revocations.ids();
    if (!now.equals(revoked)) {
      revoked = now;
      bells.ring();
    }
  }

  private static Keys ready(List<SigningKey> keys) {
    return new Keys(
        keys.stream().collect(Collectors.toUnmodifiableMap(SigningKey::kid, SigningKey::publicKey)),
        keys.stream()
            .collect(Collectors.toUnmodifiableMap(SigningKey::kid, SigningKey::verification)));
  }
}
