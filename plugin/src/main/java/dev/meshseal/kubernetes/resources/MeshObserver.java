package dev.meshseal.kubernetes.resources;

import dev.meshseal.mesh.Document;

/** Hears of each Mesh object there is, before what it declares is put in force. Must not block. */
interface MeshObserver {
  /** A Mesh is new, or anything of it has changed, its status included. */
  void seen(ClusterObject mesh, Document document);

  void gone(String mesh);
}
