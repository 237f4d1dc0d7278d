package dev.meshseal.identity;

import java.util.Comparator;

/** The name of one data plane proxy: the mesh it belongs to and its name there. */
public record DataplaneId(String mesh, String name) implements Comparable<DataplaneId> {
  private static final Comparator<DataplaneId> ORDER =
      Comparator.comparing(DataplaneId::mesh).thenComparing(DataplaneId::name);

  public DataplaneId {
    if (mesh.isBlank() || name.isBlank()) {
      throw new IllegalArgumentException(
          "a data plane id needs a mesh and a name, got '%s/%s'".formatted(mesh, name));
    }
  }

  /** Reads {@code MESH/NAME}. */
  public static DataplaneId parse(String text) {
    var slash = text.indexOf('/');
    if (slash < 1 || slash == text.length() - 1) {
      throw new IllegalArgumentException(
          "a data plane is written MESH/NAME, got '%s'".formatted(text));
    }
    return new DataplaneId(text.substring(0, slash), text.substring(slash + 1));
  }

  /** The Envoy {@code node.id} of this proxy, as Kuma writes it. */
  public String nodeId() {
    return mesh + "." + name;
  }

  @Override
  public int compareTo(DataplaneId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return mesh + "/" + name;
  }
}
