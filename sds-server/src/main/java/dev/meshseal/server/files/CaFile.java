package dev.meshseal.server.files;

import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.IssuingCa;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One authority in one file: whose it is, its certificates and its private key, under one hash, so
 * that no key can ever lie beside another's certificate. The key is encrypted where there is a
 * {@link KeyEncryptionKey}, bound to the owner and the certificates.
 *
 * @param owner whose authority it is, as in {@code mesh default backend ca-1}
 */
record CaFile(Path path, String owner) {
  private static final String MESHES = "meshes";
  private static final SealedText SEALED = new SealedText("certificate authority", 1);
  private static final Pattern BODY =
      Pattern.compile(
          "owner: (?<owner>[^\n]{1,600})\n"
              + "(?:key encrypted by: (?<kek>[0-9a-f]{16})\n)?"
              + "(?<chain>(?:-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n)+)"
              + "(?<key>-----BEGIN .*)",
          Pattern.DOTALL);
  private static final String BEGIN = "-----BEGIN MESHSEAL ENCRYPTED PRIVATE KEY-----\n";
  private static final String END = "\n-----END MESHSEAL ENCRYPTED PRIVATE KEY-----\n";
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {(byte) '\n'});

  /** An authority, and whether its key lies open in the file. */
  record Content(IssuingCa ca, boolean encrypted) {}

  static CaFile of(DataDirectory data, String mesh, String backend) {
    var folder = FileName.of(mesh);
    var owner = "mesh %s backend %s".formatted(folder, FileName.of(backend));
    return new CaFile(data.path(MESHES, folder, FileName.of(backend), "ca.pem"), owner);
  }

  /** The authority of the server's own certificate. */
  static CaFile ofServer(DataDirectory data) {
    return new CaFile(data.path("server", "ca.key"), "server");
  }

  /** Every authority that is kept. */
  static List<CaFile> allOf(DataDirectory data) {
    var files = new ArrayList<CaFile>();
    if (Files.exists(ofServer(data).path())) {
      files.add(ofServer(data));
    }
    var root = data.path(MESHES);
    try (var paths = Files.exists(root) ? Files.walk(root, 3) : Stream.<Path>empty()) {
      paths
          .filter(path -> path.endsWith("ca.pem"))
          .sorted()
          .map(path -> new CaFile(path, owner(root.relativize(path))))
          .forEach(files::add);
    } catch (IOException e) {
      throw new DataDirectoryException(
          "folder '%s' cannot be read: %s".formatted(root, IoReason.of(e)), e);
    }
    return files;
  }

  /** Every authority that is kept for a mesh. */
  static List<CaFile> allOf(DataDirectory data, String mesh) {
    var prefix = "mesh %s ".formatted(FileName.of(mesh));
    return allOf(data).stream().filter(file -> file.owner().startsWith(prefix)).toList();
  }

  private static String owner(Path relative) {
    return "mesh %s backend %s".formatted(relative.getName(0), relative.getName(1));
  }

  /** The id of the key that the private key is encrypted with; empty where it lies open. */
  Optional<String> encryptedBy() {
    return SEALED
        .read(path)
        .map(this::parts)
        .flatMap(parts -> Optional.ofNullable(parts.group("kek")));
  }

  /** The certificates, which need no key to read. */
  Optional<String> chain() {
    return SEALED.read(path).map(this::ownParts).map(parts -> parts.group("chain"));
  }

  byte[] encode(IssuingCa ca, Optional<KeyEncryptionKey> kek) {
    var chain = ca.certificatePem();
    var body =
        "owner: "
            + owner
            + "\n"
            + kek.map(key -> "key encrypted by: " + key.id() + "\n").orElse("")
            + chain
            + kek.map(key -> encrypted(key, ca, chain)).orElseGet(ca::privateKeyPem);
    return SEALED.seal(body);
  }

  /**
   * @throws DataDirectoryException if the file is damaged, another's, newer, or encrypted with
   *     another key
   */
  Optional<Content> read(Optional<KeyEncryptionKey> kek) {
    return SEALED.read(path).map(body -> decode(body, kek));
  }

  private Content decode(String body, Optional<KeyEncryptionKey> kek) {
    var parts = ownParts(body);
    var encryptedBy = Optional.ofNullable(parts.group("kek"));
    var chain = parts.group("chain");
    var key =
        encryptedBy
            .map(id -> decrypted(id, parts.group("key"), chain, kek))
            .orElseGet(() -> bytes(parts.group("key")));
    try {
      return new Content(IssuingCa.read(bytes(chain), key), encryptedBy.isPresent());
    } catch (InvalidPemException e) {
      throw damaged(String.valueOf(e.getMessage()));
    }
  }

  private Matcher ownParts(String body) {
    var parts = parts(body);
    if (!parts.group("owner").equals(owner)) {
      throw new DataDirectoryException(
          "file '%s' holds the authority of '%s', and '%s' belongs there; move it back to where it was"
              .formatted(path, parts.group("owner"), owner));
    }
    return parts;
  }

  private Matcher parts(String body) {
    var parts = BODY.matcher(body);
    if (!parts.matches()) {
      throw damaged("has no owner, certificates and key");
    }
    return parts;
  }

  private String encrypted(KeyEncryptionKey kek, IssuingCa ca, String chain) {
    return BEGIN + text(LINES.encode(kek.encrypt(bytes(ca.privateKeyPem()), context(chain)))) + END;
  }

  private byte[] decrypted(String id, String block, String chain, Optional<KeyEncryptionKey> kek) {
    var key =
        kek.orElseThrow(
            () ->
                new DataDirectoryException(
                    "the key in '%s' is encrypted by key encryption key %s; give it with --kek-file"
                        .formatted(path, id)));
    if (!key.id().equals(id)) {
      throw new DataDirectoryException(
          "the key in '%s' is encrypted by key encryption key %s, and --kek-file holds %s; give the one it was encrypted with"
              .formatted(path, id, key.id()));
    }
    if (!block.startsWith(BEGIN) || !block.endsWith(END)) {
      throw damaged("has no encrypted private key");
    }
    var base64 = block.substring(BEGIN.length(), block.length() - END.length());
    return key.decrypt(Base64.getMimeDecoder().decode(base64), context(chain))
        .orElseThrow(
            () -> damaged("has a private key that was altered, or belongs to another file"));
  }

  private byte[] context(String chain) {
    return bytes("meshseal certificate authority 1\n" + owner + "\n" + Fingerprint.of(chain));
  }

  private DataDirectoryException damaged(String why) {
    return new DataDirectoryException(
        "file '%s' is damaged: it %s; restore it from a backup".formatted(path, why));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
