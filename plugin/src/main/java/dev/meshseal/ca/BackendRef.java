package dev.meshseal.ca;

/**
 * One backend of one mesh, as every message of its authority names it.
 *
 * @param trustDomain the SPIFFE trust domain in which it issues
 */
public record BackendRef(String mesh, String trustDomain, String name) {
  /** Whose trust domain is the mesh's name. */
  public static BackendRef of(String mesh, String name) {
    return new BackendRef(mesh, mesh, name);
  }

  @Override
  public String toString() {
    return "mesh '%s' backend '%s'".formatted(mesh, name);
  }
}
