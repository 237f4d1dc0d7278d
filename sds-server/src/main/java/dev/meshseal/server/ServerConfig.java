package dev.meshseal.server;

import dev.meshseal.issuance.Rotation;
import dev.meshseal.server.bootstrap.HostPort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Everything that is set for the process, checked as a whole.
 *
 * @param resources files and folders of Mesh, Secret and Dataplane documents; empty for one Mesh
 *     {@code default} with a {@code builtin} backend
 * @param files folders beside the resources in which a {@code DataSource.File} may lie
 * @param plaintext whether TCP listeners do without TLS, which only loopback may
 * @param publicKeys keys of other token issuers, each {@code KID[@MESH]=FILE}
 * @param drain how long streams are given to move elsewhere on SIGTERM
 */
public record ServerConfig(
    List<Path> resources,
    Path data,
    List<Listen> listen,
    HostPort admin,
    List<Path> files,
    boolean plaintext,
    ServerTls tls,
    Optional<Path> kekFile,
    List<String> publicKeys,
    Rotation rotation,
    int maxConnections,
    Duration drain) {

  /** Where the server's own certificate comes from. */
  public sealed interface ServerTls {
    /**
     * Made here, under an authority made here.
     *
     * @param names DNS names and addresses beside those of this machine
     */
    record Generated(List<String> names) implements ServerTls {}

    /** Made here, under an authority that the operator brings. */
    record UnderProvidedCa(Path cert, Path key, List<String> names) implements ServerTls {}

    record Provided(Path cert, Path key) implements ServerTls {}
  }

  public ServerConfig {
    resources = List.copyOf(resources);
    listen = List.copyOf(listen);
    files = List.copyOf(files);
    publicKeys = List.copyOf(publicKeys);
    var problems = new ArrayList<String>();
    if (listen.isEmpty()) {
      problems.add("there is nothing to listen on");
    }
    if (listen.size() != new HashSet<>(listen).size()) {
      problems.add("the same address is listened on twice: " + listen);
    }
    for (var one : listen) {
      if (plaintext && one instanceof Listen.Tcp tcp && !tcp.address().isLoopback()) {
        problems.add("plaintext is for loopback only, not for " + tcp);
      }
    }
    if (maxConnections < 1) {
      problems.add("at least one connection must be allowed, got " + maxConnections);
    }
    if (drain.isNegative()) {
      problems.add("the drain time cannot be negative, got " + drain);
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
  }
}
