package dev.meshseal.server.files;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * How a file was when it was last looked at.
 *
 * @param settled its stamp, where a later write would change that; else its content is read again
 * @param content a hash of its content, or why it could not be read
 */
record FileState(Optional<FileStamp> settled, String content) {
  static final FileState UNSEEN = new FileState(Optional.empty(), "unseen");

  /** What a look at a file shows, and its state from then on. */
  sealed interface Look {
    FileState state();

    record Same(FileState state) implements Look {}

    /** New content; one byte more than is allowed, if it has more than that. */
    record Fresh(FileState state, FileContent content) implements Look {}

    record Unreadable(FileState state, String reason) implements Look {}
  }

  Look look(Path file, Instant now) {
    try {
      // First the stamp: a write after it shows in the next look.
      var stamp = FileStamp.of(file);
      return settled.equals(Optional.of(stamp))
          ? new Look.Same(this)
          : read(file, Optional.of(stamp).filter(seen -> seen.isSettled(now)));
    } catch (IOException failure) {
      return unreadable(FileContent.reason(failure));
    }
  }

  private Look read(Path file, Optional<FileStamp> stamp) throws IOException {
    var found = FileContent.read(file);
    var state = new FileState(stamp, found.hash());
    return content.equals(state.content()) ? new Look.Same(state) : new Look.Fresh(state, found);
  }

  private Look unreadable(String reason) {
    var state = new FileState(Optional.empty(), "unreadable: " + reason);
    return equals(state) ? new Look.Same(this) : new Look.Unreadable(state, reason);
  }
}
