package dev.meshseal.server.sds;

import dev.meshseal.x509.TrustBundle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** Real root certificates without private keys, for bundles of different content. */
final class TestRoots {
  private static final List<X509Certificate> ROOTS = read();
  private static final Map<Integer, TrustBundle> BUNDLES = new ConcurrentHashMap<>();

  private TestRoots() {}

  /** A bundle that no other number makes: the roots whose bits are set in the number. */
  static TrustBundle first(int number) {
    return BUNDLES.computeIfAbsent(number, TestRoots::make);
  }

  private static TrustBundle make(int number) {
    return TrustBundle.of(
        IntStream.range(0, ROOTS.size())
            .filter(root -> ((number >> root) & 1) == 1)
            .mapToObj(ROOTS::get)
            .toList());
  }

  private static List<X509Certificate> read() {
    try (var pem = TestRoots.class.getResourceAsStream("roots.pem")) {
      var text = new String(Objects.requireNonNull(pem).readAllBytes(), StandardCharsets.US_ASCII);
      return Arrays.stream(text.split("(?<=-----END CERTIFICATE-----)"))
          .filter(part -> part.contains("BEGIN"))
          .map(TestRoots::certificate)
          .toList();
    } catch (IOException missing) {
      throw new IllegalStateException("roots.pem is not to be read", missing);
    }
  }

  private static X509Certificate certificate(String pem) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(
                  new ByteArrayInputStream(pem.strip().getBytes(StandardCharsets.US_ASCII)));
    } catch (CertificateException malformed) {
      throw new IllegalStateException("roots.pem is malformed", malformed);
    }
  }
}
