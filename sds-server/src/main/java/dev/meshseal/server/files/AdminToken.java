package dev.meshseal.server.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

/** The 256 random bits by which an administrator proves to be one. Prints none of them. */
public final class AdminToken {
  private static final int BYTES = 32;
  private static final int CHARACTERS = 43;

  private final byte[] value;

  private AdminToken(String value) {
    this.value = value.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The token of a data directory, made on first use.
   *
   * @throws DataDirectoryException if its file is damaged
   */
  public static AdminToken of(DataDirectory data) {
    var file = file(data);
    return find(file)
        .orElseGet(
            () -> {
              data.createIfAbsent(file, (fresh() + "\n").getBytes(StandardCharsets.US_ASCII));
              return read(file);
            });
  }

  /** The token for a command, of a server that has run. */
  public static AdminToken ofExisting(DataDirectory data) {
    return read(file(data));
  }

  /**
   * The token in a file that somebody else has made.
   *
   * @throws DataDirectoryException if it is not there, or damaged
   */
  public static AdminToken read(Path file) {
    return find(file).orElseThrow(() -> missing(file));
  }

  /** Takes as long for every wrong token of a length. */
  public boolean matches(String presented) {
    return MessageDigest.isEqual(value, presented.getBytes(StandardCharsets.UTF_8));
  }

  /** For the header of a request; never for a log. */
  public String value() {
    return new String(value, StandardCharsets.US_ASCII);
  }

  @Override
  public String toString() {
    return "admin token";
  }

  private static Path file(DataDirectory data) {
    return data.path("admin-token");
  }

  private static Optional<AdminToken> find(Path file) {
    try (var in = Files.newInputStream(file)) {
      var text = new String(in.readNBytes(2 * CHARACTERS), StandardCharsets.ISO_8859_1).strip();
      if (!text.matches("[A-Za-z0-9_-]{%d}".formatted(CHARACTERS))) {
        throw new DataDirectoryException(
            "file '%s' is damaged: it must hold one token of %d characters; remove it, and the next start makes a new one"
                .formatted(file, CHARACTERS));
      }
      return Optional.of(new AdminToken(text));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException e) {
      throw new DataDirectoryException(
          "file '%s' cannot be read: %s".formatted(file, IoReason.of(e)), e);
    }
  }

  private static DataDirectoryException missing(Path file) {
    return new DataDirectoryException(
        "there is no file '%s'; a server makes it when it starts on this data directory"
            .formatted(file));
  }

  private static String fresh() {
    var bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
