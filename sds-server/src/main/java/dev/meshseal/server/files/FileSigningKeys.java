package dev.meshseal.server.files;

import dev.meshseal.server.auth.SigningKey;
import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.Pem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The keys of our own that sign data plane tokens, each in a file {@code signing-keys/ms-N.pem} of
 * the data directory. The highest signs, all verify. Every call reads the disk and each change is
 * one step, so any number of processes may use them at once.
 */
public final class FileSigningKeys {
  private static final SealedText SEALED = new SealedText("token signing key", 1);
  private static final Pattern NAME = Pattern.compile("ms-(?<number>[1-9]\\d{0,8})\\.pem");
  private static final Pattern BODY =
      Pattern.compile(
          "created: (?<created>[^\n]{1,40})\n"
              + "(?<public>-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n)"
              + "(?<private>-----BEGIN PRIVATE KEY-----\n[^-]+-----END PRIVATE KEY-----\n)");

  private record Kept(SigningKey key, Instant created) {}

  private final DataDirectory data;
  private final InstantSource clock;

  public FileSigningKeys(DataDirectory data, InstantSource clock) {
    this.data = data;
    this.clock = clock;
  }

  /** The key that signs now; the first one is made when it is asked for. */
  public SigningKey current() {
    var kept = read();
    return kept.isEmpty() ? create(1) : kept.lastEntry().getValue().key();
  }

  /** Every key that verifies, the one that signs last. */
  public List<SigningKey> all() {
    return read().values().stream().map(Kept::key).toList();
  }

  /** A new key, that signs from now on; those before it go on verifying. */
  public SigningKey rotate() {
    while (true) {
      var kept = read();
      int next = kept.isEmpty() ? 1 : kept.lastKey() + 1;
      if (createIfAbsent(next)) {
        return read(file(next)).orElseThrow().key();
      }
    }
  }

  /**
   * Removes the keys that another one replaced at least so long ago: what they have signed is good
   * no longer. If no token is valid for longer than that, none is lost.
   *
   * @return their ids
   */
  public List<String> retire(Duration replacedFor) {
    var kept = read();
    var limit = clock.instant().minus(replacedFor);
    var retired = new ArrayList<String>();
    for (var entry : kept.entrySet()) {
      var successor =
          Optional.ofNullable(kept.higherEntry(entry.getKey())).map(Map.Entry::getValue);
      if (successor.filter(newer -> !newer.created().isAfter(limit)).isPresent()) {
        remove(file(entry.getKey()));
        retired.add(entry.getValue().key().kid());
      }
    }
    return retired;
  }

  Path folder() {
    return data.path("signing-keys");
  }

  private SigningKey create(int number) {
    createIfAbsent(number);
    return read(file(number)).orElseThrow().key();
  }

  private boolean createIfAbsent(int number) {
    var key = SigningKey.create(number);
    var body =
        "created: %s\n%s%s"
            .formatted(
                clock.instant(), Pem.publicKey(key.publicKey()), Pem.privateKey(key.privateKey()));
    return data.createIfAbsent(file(number), SEALED.seal(body));
  }

  private NavigableMap<Integer, Kept> read() {
    var kept = new TreeMap<Integer, Kept>();
    for (var file : list()) {
      var name = NAME.matcher(file.getFileName().toString());
      if (!name.matches()) {
        throw new DataDirectoryException(
            "file '%s' is not a signing key, which are called ms-NUMBER.pem; move it away"
                .formatted(file));
      }
      // A key may be retired while we read.
      read(file).ifPresent(found -> kept.put(found.key().number(), found));
    }
    return kept;
  }

  private List<Path> list() {
    if (!Files.isDirectory(folder())) {
      return List.of();
    }
    try (var files = Files.list(folder())) {
      return files.filter(file -> !AtomicFiles.isTemporary(file)).toList();
    } catch (IOException e) {
      throw new DataDirectoryException(
          "folder '%s' cannot be read: %s".formatted(folder(), IoReason.of(e)), e);
    }
  }

  private static Optional<Kept> read(Path file) {
    return SEALED.read(file).map(body -> decode(file, body));
  }

  private static Kept decode(Path file, String body) {
    var parts = BODY.matcher(body);
    var name = NAME.matcher(file.getFileName().toString());
    if (!parts.matches() || !name.matches()) {
      throw damaged(file, "has no date, public key and private key");
    }
    try {
      var key =
          new SigningKey(
              Integer.parseInt(name.group("number")),
              (ECPublicKey) Pem.readPublicKey(bytes(parts.group("public"))),
              (ECPrivateKey) Pem.readPrivateKey(bytes(parts.group("private"))));
      return new Kept(key, Instant.parse(parts.group("created")));
    } catch (InvalidPemException | ClassCastException | DateTimeParseException e) {
      throw damaged(file, "has a date or a key that cannot be read");
    }
  }

  private void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new DataDirectoryException(
          "file '%s' cannot be removed: %s".formatted(file, IoReason.of(e)), e);
    }
  }

  private Path file(int number) {
    return folder().resolve("ms-%d.pem".formatted(number));
  }

  private static DataDirectoryException damaged(Path file, String why) {
    return new DataDirectoryException(
        "file '%s' is damaged: it %s; restore it from a backup, or remove it: the tokens it has signed are good no longer then"
            .formatted(file, why));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
