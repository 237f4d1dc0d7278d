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
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileCaKeyStore;
import dev.meshseal.server.files.FileSecretReader;
import dev.meshseal.server.files.KeyEncryptionKey;
import dev.meshseal.server.files.ResourceFolders;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A machine of its own: resources in folders, authorities in the data directory. */
final class FolderPlatform implements Platform {
  /** What is served where the operator gave no resources. */
  private static final String EMBEDDED =
      """
      type: Mesh
      name: default
      mtls:
        enabledBackend: ca-1
        backends:
          - name: ca-1
            type: builtin
      """;

  private final ResourceFolders resources;
  private final FileSecretReader secrets;
  private final FileCaKeyStore caKeys;

  /**
   * @param folders where resources are; empty for one embedded Mesh
   * @param files where data sources of kind {@code DataSource.File} may lie, beside the resources
   * @throws IllegalArgumentException if a folder is not there
   */
  FolderPlatform(
      List<Path> folders,
      List<Path> files,
      DataDirectory data,
      Optional<KeyEncryptionKey> kek,
      InstantSource clock) {
    this.resources =
        folders.isEmpty()
            ? ResourceFolders.embedded(EMBEDDED, clock)
            : ResourceFolders.open(folders, clock);
    this.secrets =
        new FileSecretReader(
            resources::current,
            Stream.concat(files.stream(), folders.stream()).toList(),
            resources::watchFile);
    this.caKeys = new FileCaKeyStore(data, kek);
  }

  @Override
  public ResourceSource resources() {
    return resources;
  }

  @Override
  public SecretReader secrets() {
    return secrets;
  }

  @Override
  public CaKeyStore caKeys() {
    return caKeys;
  }

  @Override
  public Optional<CertificateRequests> requests() {
    return Optional.empty();
  }

  @Override
  public Dataplanes dataplanes() {
    return resources;
  }

  @Override
  public WayIn wayIn(TokenWayIn tokens) {
    return tokens;
  }

  @Override
  public IssuanceObserver observer() {
    return IssuanceObserver.NONE;
  }

  /** Dataplanes are among the resources, and files are watched with them. */
  @Override
  public void follow(Meshes meshes, Consumer<DataplaneId> dataplaneChanged) {}

  @Override
  public List<String> startingUp() {
    return List.of();
  }

  @Override
  public void close() {
    resources.close();
  }
}
