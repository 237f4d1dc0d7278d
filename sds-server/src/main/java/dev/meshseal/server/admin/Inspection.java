package dev.meshseal.server.admin;

import dev.meshseal.identity.DataplaneId;
import java.util.List;
import java.util.Optional;

/**
 * What the server knows, as values. Every method answers from memory at once, asks no authority, is
 * thread-safe, and never returns key material or a token.
 */
public interface Inspection {
  ServerView server();

  /**
   * Why this server should not be sent work, one sentence each; empty when it is ready. It becomes
   * so once it listens, has read what is declared, and has opened every mesh or can say why not.
   */
  List<String> notReady();

  /** Every mesh, by name. */
  List<MeshView> meshes();

  /** Every backend of every mesh, by mesh and then in the order of the Mesh. */
  List<BackendView> backends();

  /** Every data plane that is connected or whose certificate is kept, by mesh and name. */
  List<DataplaneView> dataplanes();

  Optional<DataplaneView> dataplane(DataplaneId id);

  /** The last connections that were refused, newest first; a bounded number. */
  List<RefusedView> refused();
}
