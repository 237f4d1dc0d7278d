package dev.meshseal.mesh;

import java.util.Base64;

/**
 * A Secret of one mesh. Its {@code toString} shows its name, never its data.
 *
 * @param base64 the data, as the document holds it
 */
public record Secret(String mesh, String name, String base64) implements Resource {
  public Secret {
    Base64.getDecoder().decode(base64);
  }

  public byte[] data() {
    return Base64.getDecoder().decode(base64);
  }

  @Override
  public Key key() {
    return new Key(Kind.SECRET, mesh, name);
  }

  @Override
  public String toString() {
    return "secret '%s' of mesh '%s'".formatted(name, mesh);
  }
}
