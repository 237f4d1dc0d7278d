package dev.meshseal.server;

import dev.meshseal.ca.SecretReader;
import dev.meshseal.ca.builtin.CaKeyStore;
import dev.meshseal.ca.certmanager.CertificateRequests;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.issuance.IssuanceObserver;
import dev.meshseal.issuance.Meshes;
import dev.meshseal.mesh.ResourceSource;
import dev.meshseal.server.auth.Dataplanes;
import dev.meshseal.server.auth.TokenWayIn;
import dev.meshseal.server.auth.WayIn;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * All that is another on a machine with folders than in a Kubernetes cluster: where Meshes and CAs
 * are, and who a proxy is.
 */
interface Platform extends AutoCloseable {
  ResourceSource resources();

  SecretReader secrets();

  /** Where builtin authorities are kept. */
  CaKeyStore caKeys();

  /** Empty where there is no cert-manager to ask. */
  Optional<CertificateRequests> requests();

  Dataplanes dataplanes();

  /** How a stream on TCP proves itself, where data plane tokens are proved by {@code tokens}. */
  WayIn wayIn(TokenWayIn tokens);

  /** Hears of what issuance does, to tell the platform. */
  IssuanceObserver observer();

  /**
   * Begins to follow what changes of itself, beside the resources.
   *
   * @param meshes what is to be opened again, where an authority can be asked once more
   * @param dataplaneChanged is told of a data plane that is another now, or gone
   */
  void follow(Meshes meshes, Consumer<DataplaneId> dataplaneChanged);

  /** What has to be there before the first stream may be served, and is not yet. */
  List<String> startingUp();

  @Override
  void close();
}
