package dev.meshseal.server.files;

import dev.meshseal.server.auth.TokenId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The list of revoked tokens, in a file of the data directory: the {@code jti} of each and when it
 * would have expired, after which it is forgotten. Any number of processes may add to it at once.
 */
public final class FileRevocations {
  private static final SealedText SEALED = new SealedText("list of revoked tokens", 1);
  private static final String NEVER = "never";

  private final DataDirectory data;
  private final InstantSource clock;

  public FileRevocations(DataDirectory data, InstantSource clock) {
    this.data = data;
    this.clock = clock;
  }

  /**
   * Puts a token on the list.
   *
   * @return whether it was not there yet
   */
  public synchronized boolean revoke(TokenId token) {
    // One writer after the other, so that none loses what another has added.
    try (var channel = openLock();
        var lock = channel.lock()) {
      var list = read();
      var added = list.putIfAbsent(token.id(), token.expiresAt()) == null;
      list.values().removeIf(this::isOver);
      data.write(file(), SEALED.seal(encode(list)));
      return added && lock.isValid();
    } catch (IOException e) {
      throw new DataDirectoryException(
          "file '%s' cannot be written: %s".formatted(file(), IoReason.of(e)), e);
    }
  }

  /** The ids of all tokens on the list. */
  public Set<String> ids() {
    return Set.copyOf(read().keySet());
  }

  private boolean isOver(Optional<Instant> expiresAt) {
    return expiresAt.filter(end -> end.isBefore(clock.instant())).isPresent();
  }

  private FileChannel openLock() throws IOException {
    return FileChannel.open(
        data.path("revoked-tokens.lock"),
        EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private Path file() {
    return data.path("revoked-tokens");
  }

  private static String encode(SortedMap<String, Optional<Instant>> list) {
    return list.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue().map(Instant::toString).orElse(NEVER))
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  private SortedMap<String, Optional<Instant>> read() {
    var list = new TreeMap<String, Optional<Instant>>();
    SEALED.read(file()).orElse("").lines().forEach(line -> add(line, list));
    return list;
  }

  private void add(String line, SortedMap<String, Optional<Instant>> list) {
    var space = line.indexOf(' ');
    try {
      var end = line.substring(space + 1);
      list.put(
          line.substring(0, space),
          end.equals(NEVER) ? Optional.empty() : Optional.of(Instant.parse(end)));
    } catch (IndexOutOfBoundsException | DateTimeParseException e) {
      throw new DataDirectoryException(
          "file '%s' is damaged: a line is not an id and a date; restore it from a backup"
              .formatted(file()));
    }
  }
}
