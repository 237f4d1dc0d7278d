package dev.meshseal.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS that trusts the certificates of one file, and no other. An authority in it vouches for what
 * it issued, under the names in that; the server's own certificate for itself, whatever it is
 * called here: a pod, or what is reached through a forwarded port, has no name of its own.
 */
final class TrustedServer extends X509ExtendedTrustManager {
  private final Set<X509Certificate> certificates;
  private final X509ExtendedTrustManager authorities;

  private TrustedServer(Set<X509Certificate> certificates, X509ExtendedTrustManager authorities) {
    this.certificates = certificates;
    this.authorities = authorities;
  }

  /**
   * @throws CliException if the file holds no certificate
   */
  static SSLContext context(Path ca) {
    try {
      var certificates = read(ca);
      if (certificates.isEmpty()) {
        throw CliException.no("file '%s' of --admin-ca holds no certificate".formatted(ca));
      }
      var context = SSLContext.getInstance("TLS");
      var trust = new TrustedServer(certificates, authorities(certificates));
      context.init(null, new TrustManager[] {trust}, null);
      return context;
    } catch (IOException | GeneralSecurityException unreadable) {
      throw CliException.no(
          "file '%s' of --admin-ca cannot be read as PEM certificates: %s"
              .formatted(ca, unreadable.getMessage()),
          unreadable);
    }
  }

  private static Set<X509Certificate> read(Path ca) throws IOException, CertificateException {
    try (var pem = new BufferedInputStream(Files.newInputStream(ca))) {
      var certificates = new HashSet<X509Certificate>();
      for (var one : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        certificates.add((X509Certificate) one);
      }
      return certificates;
    }
  }

  private static X509ExtendedTrustManager authorities(Set<X509Certificate> certificates)
      throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    var number = 0;
    for (var certificate : certificates) {
      store.setCertificateEntry("ca-" + number++, certificate);
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
  }

  private boolean isTheServers(X509Certificate[] chain) throws CertificateException {
    if (!certificates.contains(chain[0])) {
      return false;
    }
    chain[0].checkValidity();
    return true;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    if (!isTheServers(chain)) {
      authorities.checkServerTrusted(chain, type, engine);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    if (!isTheServers(chain)) {
      authorities.checkServerTrusted(chain, type, socket);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    if (!isTheServers(chain)) {
      authorities.checkServerTrusted(chain, type);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    authorities.checkClientTrusted(chain, type, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    authorities.checkClientTrusted(chain, type, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    authorities.checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.getAcceptedIssuers();
  }
}
