package dev.meshseal.mesh;

import dev.meshseal.identity.Dataplane;
import java.util.Comparator;

/** What one valid document declares. */
public sealed interface Resource permits Mesh, Secret, Resource.Proxy {
  /** Under what it is known; no two documents may declare the same. */
  Key key();

  /** The kinds of document that Meshseal reads, by the word of the document. */
  enum Kind {
    MESH("Mesh"),
    SECRET("Secret"),
    DATAPLANE("Dataplane");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  /**
   * @param mesh of a Mesh, its own name
   */
  record Key(Kind kind, String mesh, String name) implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
        Comparator.comparing(Key::kind).thenComparing(Key::mesh).thenComparing(Key::name);

    @Override
    public int compareTo(Key other) {
      return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
      return switch (kind) {
        case MESH -> "mesh '%s'".formatted(name);
        case SECRET -> "secret '%s' of mesh '%s'".formatted(name, mesh);
        case DATAPLANE -> "data plane '%s/%s'".formatted(mesh, name);
      };
    }
  }

  /** A Dataplane document. */
  record Proxy(Dataplane dataplane) implements Resource {
    @Override
    public Key key() {
      return new Key(Kind.DATAPLANE, dataplane.id().mesh(), dataplane.id().name());
    }
  }
}
