package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.FleetPlan;
import dev.meshseal.benchmarks.fleet.TokenKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Meshseal as its launcher starts it, with TLS, a token for each stream and one builtin authority a
 * mesh.
 */
final class MeshsealPeer implements Peer {
  private static final Duration TOKEN_LIFETIME = Duration.ofHours(2);
  private static final String SERVICE = "kuma.io/service";

  private final Path folder;
  private final MeshsealProcess process;
  private final TokenKey tokenKey;
  private int version;

  private MeshsealPeer(Path launcher, Path folder, List<String> meshes) {
    this.folder = folder;
    this.tokenKey = TokenKey.create("bench");
    try {
      Files.createDirectories(folder.resolve("resources"));
      Files.writeString(folder.resolve("token.pem"), tokenKey.publicKeyPem());
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be written".formatted(folder), failed);
    }
    meshes.forEach(mesh -> write(mesh, ""));
    this.process =
        MeshsealProcess.start(
            launcher,
            folder,
            List.of(
                "--resources=" + folder.resolve("resources"),
                "--token-public-key=bench=" + folder.resolve("token.pem")));
  }

  static MeshsealPeer start(Path launcher, Path folder, String... meshes) {
    return new MeshsealPeer(launcher, folder, List.of(meshes));
  }

  static void pause(Duration time) {
    MeshsealProcess.pause(time);
  }

  double secondsToReady() {
    return process.secondsToReady();
  }

  @Override
  public Child process() {
    return process.child();
  }

  @Override
  public FleetPlan.Target target() {
    return process.target();
  }

  @Override
  public IntFunction<Optional<String>> tokens() {
    return tokens("default");
  }

  IntFunction<Optional<String>> tokens(String mesh) {
    return index ->
        Optional.of(tokenKey.token(mesh, "dp-" + index, Map.of(SERVICE, "fleet"), TOKEN_LIFETIME));
  }

  @Override
  public FleetPlan.Behaviour behaviour() {
    return FleetPlan.Behaviour.OBEDIENT;
  }

  /** Another root in the bundle, or one less: no leaf is issued for that. */
  @Override
  public void push() {
    change("default");
  }

  void change(String mesh) {
    version++;
    write(mesh, version % 2 == 1 ? "    - {name: ca-2, type: builtin}\n" : "");
  }

  /** In one step, as an editor or a deployment tool does. */
  private void write(String mesh, String more) {
    try {
      var file = folder.resolve("resources").resolve(mesh + ".yaml");
      var fresh = folder.resolve(mesh + ".tmp");
      Files.writeString(
          fresh,
          """
          type: Mesh
          name: %s
          mtls:
            enabledBackend: ca-1
            backends:
              - {name: ca-1, type: builtin}
          %s"""
              .formatted(mesh, more));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failed) {
      throw new UncheckedIOException("mesh '%s' cannot be written".formatted(mesh), failed);
    }
  }

  /** Every leaf anew. */
  void renewAll() {
    process.renewAll();
  }

  @Override
  public void close() {
    process.close();
  }
}
