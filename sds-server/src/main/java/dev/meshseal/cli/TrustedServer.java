package dev.meshseal.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS that trusts the certificates of one file, and no other. */
final class TrustedServer {
  private TrustedServer() {}

  /**
   * @throws CliException if the file holds no certificate
   */
  static SSLContext context(Path ca) {
    try (var pem = new BufferedInputStream(Files.newInputStream(ca))) {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      var certificates = CertificateFactory.getInstance("X.509").generateCertificates(pem);
      if (certificates.isEmpty()) {
        throw CliException.no("file '%s' of --admin-ca holds no certificate".formatted(ca));
      }
      var number = 0;
      for (var certificate : certificates) {
        store.setCertificateEntry("ca-" + number++, certificate);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException unreadable) {
      throw CliException.no(
          "file '%s' of --admin-ca cannot be read as PEM certificates: %s"
              .formatted(ca, unreadable.getMessage()),
          unreadable);
    }
  }
}
