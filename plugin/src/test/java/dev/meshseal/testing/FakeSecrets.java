package dev.meshseal.testing;

import dev.meshseal.ca.CaException;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.mesh.DataSource;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Secrets and files in memory; inline values are read as they are. */
public final class FakeSecrets implements SecretReader {
  private final ConcurrentMap<DataSource, String> values = new ConcurrentHashMap<>();

  /** The Secret of that name, in every mesh. */
  public DataSource put(String name, String value) {
    var source = new DataSource.Secret(name);
    values.put(source, value);
    return source;
  }

  public void remove(DataSource source) {
    values.remove(source);
  }

  @Override
  public byte[] read(String mesh, DataSource source) {
    if (source instanceof DataSource.Inline inline) {
      return inline.bytes();
    }
    var value = values.get(source);
    if (value == null) {
      throw CaException.rejected("mesh '%s' has no %s".formatted(mesh, source));
    }
    return value.getBytes(StandardCharsets.ISO_8859_1);
  }
}
