package dev.meshseal.mesh;

import dev.meshseal.identity.IdentityTemplate;
import java.util.List;
import java.util.Optional;

/**
 * The validated {@code mtls} section of one Mesh, and how its identities are written.
 *
 * @param enabledBackend the name of the backend that issues; empty where mTLS is off
 */
public record Mesh(
    String name,
    IdentityTemplate identities,
    Optional<String> enabledBackend,
    List<Backend> backends,
    boolean skipValidation)
    implements Resource {

  public Mesh {
    backends = List.copyOf(backends);
    var listed = backends;
    enabledBackend.ifPresent(
        enabled -> {
          if (listed.stream().noneMatch(backend -> backend.name().equals(enabled))) {
            throw new IllegalArgumentException(
                "mesh '%s' enables backend '%s', which it does not list".formatted(name, enabled));
          }
        });
  }

  @Override
  public Key key() {
    return new Key(Kind.MESH, name, name);
  }

  /** The backend that issues, where mTLS is on. */
  public Optional<Backend> issuing() {
    return enabledBackend.flatMap(this::backend);
  }

  public Optional<Backend> backend(String name) {
    return backends.stream().filter(backend -> backend.name().equals(name)).findFirst();
  }
}
