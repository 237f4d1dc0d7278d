package dev.meshseal.benchmarks.fleet;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** TLS as a sidecar speaks it: HTTP/2, and a full handshake for every connection. */
public final class ClientTls {
  private ClientTls() {}

  /**
   * @param authorities PEM of those that the server's certificate must come from
   * @param credential the client's own certificate, where the server asks for one
   */
  public static SslContext trusting(Path authorities, Optional<Credential> credential) {
    try {
      var builder =
          SslContextBuilder.forClient()
              .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .trustManager(new OnceVerified(trustManager(authorities)))
              .applicationProtocolConfig(
                  new ApplicationProtocolConfig(
                      Protocol.ALPN,
                      SelectorFailureBehavior.NO_ADVERTISE,
                      SelectedListenerFailureBehavior.ACCEPT,
                      "h2"));
      credential.ifPresent(own -> builder.keyManager(own.chain().toFile(), own.key().toFile()));
      var context = builder.build();
      if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
        sessions.setSessionCacheEnabled(false);
      }
      return context;
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "TLS with the authorities of %s cannot be set up: %s"
              .formatted(authorities, failed.getMessage()),
          failed);
    }
  }

  /** PEM files of a chain and its key (PKCS#8). */
  public record Credential(Path chain, Path key) {}

  private static X509ExtendedTrustManager trustManager(Path authorities) throws IOException {
    try (var pem = Files.newInputStream(authorities)) {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate root : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        store.setCertificateEntry("authority-" + number++, root);
      }
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    } catch (GeneralSecurityException unreadable) {
      throw new IOException(
          "%s holds no certificates: %s".formatted(authorities, unreadable.getMessage()),
          unreadable);
    }
  }

  /**
   * Verifies a chain in full once and knows it again by its bytes. The handshake still proves the
   * key; ten thousand verifications of one chain in Java would weigh more than the handshakes.
   */
  private static final class OnceVerified extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager trust;
    private final AtomicReference<byte[][]> verified = new AtomicReference<>(new byte[0][]);

    OnceVerified(X509ExtendedTrustManager trust) {
      this.trust = trust;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      var encoded = new byte[chain.length][];
      for (int i = 0; i < chain.length; i++) {
        encoded[i] = chain[i].getEncoded();
      }
      if (!Arrays.deepEquals(encoded, verified.get())) {
        trust.checkServerTrusted(chain, authType, engine);
        verified.set(encoded);
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      trust.checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      trust.checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("a fleet accepts no connections");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      throw new CertificateException("a fleet accepts no connections");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("a fleet accepts no connections");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return trust.getAcceptedIssuers();
    }
  }
}
