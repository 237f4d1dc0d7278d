package dev.meshseal.server.admin;

/** The names under which roots are asked for. */
final class Trust {
  private Trust() {}

  /** Whether a name is for the roots of one mesh, and so has that mesh's version of them. */
  static boolean isOfMesh(String name) {
    return switch (name) {
      case "ALL", "mesh_ca:secret:all", "system_mtls_ca_all_meshes" -> false;
      default -> true;
    };
  }
}
