package dev.meshseal.server.files;

import dev.meshseal.mesh.Document;
import dev.meshseal.mesh.Documents;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** A resource file, as it was last read. */
record Reading(FileState state, List<Document> documents) {
  private static final Reading UNREAD = new Reading(FileState.UNSEEN, List.of());

  static Reading of(Path file, Instant now) {
    return UNREAD.again(file, now);
  }

  /** The same file now; the same documents, if nothing in it has changed. */
  Reading again(Path file, Instant now) {
    return switch (state.look(file, now)) {
      case FileState.Look.Same same -> new Reading(same.state(), documents);
      case FileState.Look.Fresh fresh -> new Reading(fresh.state(), read(file, fresh.content()));
      case FileState.Look.Unreadable gone ->
          new Reading(
              gone.state(),
              List.of(Documents.refused(file.toString(), "cannot be read: " + gone.reason())));
    };
  }

  private static List<Document> read(Path file, FileContent content) {
    return content.isTooLarge()
        ? List.of(Documents.tooLarge(file.toString(), file.toFile().length()))
        : Documents.read(file.toString(), content.bytes());
  }
}
