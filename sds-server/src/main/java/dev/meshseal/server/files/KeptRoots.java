package dev.meshseal.server.files;

import dev.meshseal.x509.Pem;
import dev.meshseal.x509.TrustBundle;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The roots of the builtin authorities that a data directory keeps; needs none of their keys. */
public final class KeptRoots {
  private final DataDirectory data;

  public KeptRoots(DataDirectory data) {
    this.data = data;
  }

  /**
   * The roots of every builtin backend of a mesh; empty if it has none.
   *
   * @throws DataDirectoryException if a file is damaged, another's or newer
   */
  public TrustBundle of(String mesh) {
    return union(CaFile.allOf(data, mesh));
  }

  /** The roots of one backend; empty if none is kept. */
  public TrustBundle of(String mesh, String backend) {
    return union(List.of(CaFile.of(data, mesh, backend)));
  }

  private static TrustBundle union(List<CaFile> files) {
    return files.stream()
        .flatMap(file -> file.chain().stream())
        .map(KeptRoots::root)
        .reduce(TrustBundle.EMPTY, TrustBundle::union);
  }

  /** A chain goes up to its root. */
  private static TrustBundle root(String chain) {
    return TrustBundle.of(
        Pem.readCertificates(chain.getBytes(StandardCharsets.US_ASCII)).getLast());
  }
}
