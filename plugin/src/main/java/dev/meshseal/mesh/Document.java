package dev.meshseal.mesh;

import java.util.List;
import java.util.Optional;

/** What became of one document of a file. */
public sealed interface Document {
  Location at();

  /** The {@code type} or {@code kind} that the document gives itself. */
  Optional<String> kind();

  Optional<String> name();

  /**
   * @param file or object of an API server, as messages should call it
   * @param number of the document in its file, counted from 1; 0 for what is alone in it
   * @param line where it begins, counted from 1
   */
  record Location(String file, int number, int line) {
    @Override
    public String toString() {
      return number == 0 ? file : "%s:%d".formatted(file, number);
    }
  }

  /**
   * A valid document.
   *
   * @param mtls the path of a Mesh's {@code mtls} section, for what is found wrong with it later;
   *     empty where there is none
   * @param notes what was ignored or is unusual, a sentence each
   */
  record Valid(Location at, Resource resource, String mtls, List<String> notes)
      implements Document {
    public Valid {
      notes = List.copyOf(notes);
    }

    @Override
    public Optional<String> kind() {
      return Optional.of(resource.key().kind().toString());
    }

    @Override
    public Optional<String> name() {
      return Optional.of(resource.key().name());
    }
  }

  /** A document that is for somebody else, as a policy is. */
  record Ignored(Location at, Optional<String> kind, Optional<String> name, String note)
      implements Document {}

  /**
   * A document with at least one violation.
   *
   * @param key what it would declare, where it says that much
   */
  record Refused(
      Location at,
      Optional<String> kind,
      Optional<String> name,
      Optional<Resource.Key> key,
      List<Violation> violations)
      implements Document {
    public Refused {
      violations = List.copyOf(violations);
    }
  }
}
