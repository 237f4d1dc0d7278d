package dev.meshseal.issuance;

/** One backend of one mesh. */
public record BackendId(String mesh, String backend) {
  @Override
  public String toString() {
    return "mesh '%s' backend '%s'".formatted(mesh, backend);
  }
}
