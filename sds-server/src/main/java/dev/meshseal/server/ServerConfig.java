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
 * @param source where Meshes are, and who proxies are
 * @param files folders beside the resources in which a {@code DataSource.File} may lie
 * @param plaintext whether TCP listeners do without TLS, which only loopback may
 * @param publicKeys keys of other token issuers, each {@code KID[@MESH]=FILE}
 * @param drain how long streams are given to move elsewhere on SIGTERM
 */
public record ServerConfig(
    Source source,
    Path data,
    List<Listen> listen,
    Admin admin,
    List<Path> files,
    boolean plaintext,
    ServerTls tls,
    Optional<Path> kekFile,
    List<String> publicKeys,
    Rotation rotation,
    int maxConnections,
    Duration drain) {

  /** Where what is served is declared. */
  public sealed interface Source {
    /**
     * @param resources files and folders of Mesh, Secret and Dataplane documents; empty for one
     *     Mesh {@code default} with a {@code builtin} backend
     */
    record Folders(List<Path> resources) implements Source {
      public Folders {
        resources = List.copyOf(resources);
      }
    }

    /**
     * @param kubeconfig empty for the pod's own service account, else the usual places
     * @param systemNamespace where Secrets and CertificateRequests are; empty for our own
     * @param tokenAudience for which a service account token must be made
     */
    record Kubernetes(
        Optional<Path> kubeconfig, Optional<String> systemNamespace, String tokenAudience)
        implements Source {
      public Kubernetes {
        if (tokenAudience.isBlank()) {
          throw new IllegalArgumentException("--token-audience must not be empty");
        }
      }
    }
  }

  /**
   * Where the admin endpoints are.
   *
   * @param tls a certificate of their own; empty for the server's
   * @param tokenFile where the admin token is; empty for one that is made in the data directory
   */
  public record Admin(
      HostPort address, Optional<ServerTls.Provided> tls, Optional<Path> tokenFile) {
    /** With the server's certificate, and a token made here. */
    public static Admin at(HostPort address) {
      return new Admin(address, Optional.empty(), Optional.empty());
    }
  }

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
