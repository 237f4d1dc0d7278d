package dev.meshseal.mesh;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import java.nio.file.Path;

/** What is different between two values of {@link Resources}, or in a file that they refer to. */
public sealed interface Change {
  record MeshChanged(Mesh mesh) implements Change {}

  record MeshRemoved(String mesh) implements Change {}

  /** A Secret is new, has other data, or is gone. */
  record SecretChanged(String mesh, String name) implements Change {
    @Override
    public String toString() {
      return "secret '%s' of mesh '%s' changed".formatted(name, mesh);
    }
  }

  record DataplaneChanged(Dataplane dataplane) implements Change {}

  record DataplaneRemoved(DataplaneId id) implements Change {}

  /**
   * A file that a {@code file} data source names is new, has other content, or is gone.
   *
   * @param path as it was given to be watched
   */
  record FileChanged(Path path) implements Change {}
}
