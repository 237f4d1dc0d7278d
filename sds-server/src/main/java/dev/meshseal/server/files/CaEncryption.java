package dev.meshseal.server.files;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Encrypts the private keys of all authorities in a data directory, or encrypts them with another
 * key. Each file changes in one step, so it may be stopped at any moment and run again.
 */
public final class CaEncryption {
  private final DataDirectory data;
  private final Optional<KeyEncryptionKey> before;
  private final KeyEncryptionKey after;

  /**
   * @param data opened with its lock: no server runs
   * @param before what keys are encrypted with that are encrypted already
   */
  public CaEncryption(
      DataDirectory data, Optional<KeyEncryptionKey> before, KeyEncryptionKey after) {
    this.data = data;
    this.before = before;
    this.after = after;
  }

  /**
   * The files that were changed.
   *
   * @throws DataDirectoryException if one cannot be read; those before it are changed
   */
  public List<Path> run() {
    var changed = new ArrayList<Path>();
    for (var file : CaFile.allOf(data)) {
      if (!file.encryptedBy().equals(Optional.of(after.id()))) {
        var content = file.read(before).orElseThrow();
        data.write(file.path(), file.encode(content.ca(), Optional.of(after)));
        changed.add(file.path());
      }
    }
    return changed;
  }
}
