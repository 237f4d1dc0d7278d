package dev.meshseal.ca;

import dev.meshseal.mesh.DataSource;

/** Reads what a backend's {@code conf} refers to. May block; thread-safe. */
public interface SecretReader {
  /**
   * The bytes of a data source.
   *
   * @throws CaException if there is no such Secret, or the file cannot or may not be read
   */
  byte[] read(String mesh, DataSource source);
}
