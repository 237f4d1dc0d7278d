package dev.meshseal.server.files;

import dev.meshseal.server.auth.VerificationKey;
import dev.meshseal.server.auth.VerificationKeys;
import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Public keys of issuers that sign tokens elsewhere, as Kuma's {@code publicKeys}. */
public final class PublicKeyFiles {
  private static final int LARGEST = 64 * 1024;
  private static final Pattern FORM =
      Pattern.compile("(?<kid>[^@=]{1,128})(?:@(?<mesh>[^@=]{1,63}))?=(?<file>.+)");

  private PublicKeyFiles() {}

  /**
   * Reads keys, each written {@code KID[@MESH]=FILE}; without a mesh it is good for all.
   *
   * @throws DataDirectoryException with all that is wrong
   */
  public static VerificationKeys read(List<String> specifications) {
    var keys = new ArrayList<VerificationKey>();
    var problems = new ArrayList<String>();
    for (var specification : specifications) {
      try {
        keys.add(read(specification));
      } catch (IllegalArgumentException | InvalidPemException e) {
        problems.add("--token-public-key '%s' %s".formatted(specification, e.getMessage()));
      } catch (IOException e) {
        problems.add(
            "--token-public-key '%s' cannot be read: %s".formatted(specification, IoReason.of(e)));
      }
    }
    if (!problems.isEmpty()) {
      throw new DataDirectoryException(String.join("; ", problems));
    }
    return VerificationKeys.fixed(keys);
  }

  private static VerificationKey read(String specification) throws IOException {
    var parts = FORM.matcher(specification);
    if (!parts.matches()) {
      throw new IllegalArgumentException("must be written KID[@MESH]=FILE");
    }
    try (var in = Files.newInputStream(Path.of(parts.group("file")))) {
      return VerificationKey.of(
          parts.group("kid"),
          Optional.ofNullable(parts.group("mesh")),
          Pem.readPublicKey(in.readNBytes(LARGEST)));
    }
  }
}
