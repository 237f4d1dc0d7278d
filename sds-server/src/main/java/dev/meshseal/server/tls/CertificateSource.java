package dev.meshseal.server.tls;

import dev.meshseal.x509.IssuingCa;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** Where the server's own certificate comes from. */
public sealed interface CertificateSource {
  /**
   * Made here, under an authority that is made here too.
   *
   * @param ca reads it; blocks
   * @param names host names and addresses by which sidecars call the server
   */
  record Generated(Supplier<IssuingCa> ca, List<String> names) implements CertificateSource {
    public Generated {
      names = List.copyOf(names);
    }
  }

  /**
   * Made here, under an authority that the operator brings: its chain, and the key of the first.
   */
  record UnderCa(Path cert, Path key, List<String> names) implements CertificateSource {
    public UnderCa {
      names = List.copyOf(names);
    }
  }

  /** Brought by the operator: leaf and intermediates, and the key of the leaf. */
  record Provided(Path cert, Path key) implements CertificateSource {}

  /** The files that are read again when they change. */
  default List<Path> files() {
    return switch (this) {
      case Generated generated -> List.of();
      case UnderCa under -> List.of(under.cert(), under.key());
      case Provided provided -> List.of(provided.cert(), provided.key());
    };
  }
}
