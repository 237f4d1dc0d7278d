package dev.meshseal.server.files;

import dev.meshseal.ca.CaException;
import dev.meshseal.ca.builtin.CaKeyStore;
import dev.meshseal.x509.IssuingCa;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps each builtin authority in one file of the data directory, {@code
 * meshes/MESH/BACKEND/ca.pem}. A reader finds all of one creation, or nothing; of any number of
 * threads and processes that create at once, one wins and all get what it made.
 */
public final class FileCaKeyStore implements CaKeyStore {
  private static final Logger LOG = LoggerFactory.getLogger(FileCaKeyStore.class);

  private final DataDirectory data;
  private final Optional<KeyEncryptionKey> kek;
  private final Set<Path> warned = ConcurrentHashMap.newKeySet();

  public FileCaKeyStore(DataDirectory data, Optional<KeyEncryptionKey> kek) {
    this.data = data;
    this.kek = kek;
  }

  @Override
  public Optional<IssuingCa> read(String mesh, String backend) {
    return told(mesh, backend, () -> read(file(mesh, backend)));
  }

  @Override
  public IssuingCa createIfAbsent(String mesh, String backend, IssuingCa created) {
    return told(
        mesh,
        backend,
        () -> {
          var file = file(mesh, backend);
          data.createIfAbsent(file.path(), file.encode(created, kek));
          // Our own is read back, too: what is used now is what the next start will find.
          return read(file)
              .orElseThrow(
                  () ->
                      new DataDirectoryException(
                          "file '%s' was removed while it was created".formatted(file.path())));
        });
  }

  private CaFile file(String mesh, String backend) {
    return CaFile.of(data, mesh, backend);
  }

  private Optional<IssuingCa> read(CaFile file) {
    var content = file.read(kek);
    content.ifPresent(found -> warnIfOpen(file.path(), found));
    return content.map(CaFile.Content::ca);
  }

  private void warnIfOpen(Path path, CaFile.Content content) {
    if (kek.isPresent() && !content.encrypted() && warned.add(path)) {
      LOG.warn(
          "a private key is not encrypted, though --kek-file is given; stop the server and run: meshseal ca encrypt; file={}",
          path);
    }
  }

  private static <T> T told(String mesh, String backend, Supplier<T> action) {
    try {
      return action.get();
    } catch (DataDirectoryException e) {
      var message =
          "mesh '%s' backend '%s' has no authority: %s".formatted(mesh, backend, e.getMessage());
      // A disk may be full or gone for a while; a file that is damaged stays so.
      throw e.getCause() == null
          ? CaException.rejected(message, e)
          : CaException.unavailable(message, e);
    }
  }
}
