package dev.meshseal.server.tls;

import dev.meshseal.issuance.Rotation;
import dev.meshseal.issuance.Timer;
import dev.meshseal.x509.CertificateSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.InvalidPemException;
import dev.meshseal.x509.IssuerExpiredException;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.Pem;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's own certificate, kept fresh: renewed where it is made here, read again where its
 * files change. What cannot be used never replaces what is in use. Thread-safe.
 */
public final class ServerTls {
  private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);

  private static final Duration LIFETIME = Duration.ofDays(30);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(10);
  private static final long LARGEST_FILE = 256 * 1024;

  private final CertificateSource source;
  private final CryptoProvider crypto;
  private final Timer timer;
  private final InstantSource clock;
  private final ReloadableSslContext context;
  private volatile Material material;
  private volatile Optional<Problem> problem = Optional.empty();
  private List<Stamp> stamps;
  private Instant nextTry = Instant.MIN;

  /** Why the newest certificate is not in use. */
  public record Problem(String message, Instant since) {}

  private record Material(
      String certificatePem, String keyPem, Instant expiresAt, Instant due, Set<String> names) {
    Material(String certificatePem, String keyPem, Instant expiresAt, Instant due) {
      this(certificatePem, keyPem, expiresAt, due, namesIn(certificatePem));
    }

    @Override
    public String toString() {
      return "certificate until " + expiresAt;
    }
  }

  /** What tells that a file is another now, without reading it. */
  private record Stamp(Path file, Object identity) {}

  private ServerTls(
      CertificateSource source, CryptoProvider crypto, Timer timer, InstantSource clock) {
    this.source = source;
    this.crypto = crypto;
    this.timer = timer;
    this.clock = clock;
    this.stamps = stamps();
    this.material = load();
    this.context = new ReloadableSslContext(build(material));
  }

  /**
   * Reads or makes the certificate. Blocks.
   *
   * @throws ServerCertificateException if it cannot be used
   */
  public static ServerTls open(
      CertificateSource source, CryptoProvider crypto, Timer timer, InstantSource clock) {
    var tls = new ServerTls(source, crypto, timer, clock);
    tls.lookAgain();
    return tls;
  }

  /** For listeners; stays the same whatever is exchanged behind it. */
  public SslContext context() {
    return context;
  }

  public Instant expiresAt() {
    return material.expiresAt();
  }

  public Optional<Problem> problem() {
    return problem;
  }

  /** The DNS names and IP addresses that the certificate in use is for, in lower case. */
  public Set<String> names() {
    return material.names();
  }

  /** The certificate with its intermediates, PEM. */
  public String certificatePem() {
    return material.certificatePem();
  }

  /** The same, for a listener that is not built on Netty. */
  public SSLContext javaContext() {
    try {
      var java = SSLContext.getInstance("TLS");
      java.init(new KeyManager[] {new FollowingKeyManager(this::pair)}, null, null);
      return java;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has TLS", impossible);
    }
  }

  private IssuingCa pair() {
    var now = material;
    return IssuingCa.read(bytes(now.certificatePem()), bytes(now.keyPem()));
  }

  private void lookAgain() {
    timer.at(
        clock.instant().plus(LOOK),
        () -> {
          try {
            look();
          } finally {
            lookAgain();
          }
        });
  }

  private void look() {
    var now = clock.instant();
    var seen = stamps();
    // What failed may be over though no file has changed: a right that was given, a disk with room.
    boolean wanted = !now.isBefore(material.due()) || problem.isPresent();
    if (seen.equals(stamps) && !(wanted && !now.isBefore(nextTry))) {
      return;
    }
    stamps = seen;
    nextTry = now.plus(TRY_AGAIN);
    try {
      var next = load();
      if (!next.equals(material)) {
        context.exchange(build(next));
        material = next;
        LOG.info("the server's own certificate was exchanged expires={}", next.expiresAt());
      }
      problem = Optional.empty();
    } catch (RuntimeException refused) {
      var reason = String.valueOf(refused.getMessage());
      if (problem.isEmpty()) {
        LOG.warn("the server's own certificate stays as it was reason={}", reason);
      }
      var since = problem.map(Problem::since).orElse(now);
      problem = Optional.of(new Problem(reason, since));
    }
  }

  private List<Stamp> stamps() {
    return source.files().stream().map(ServerTls::stamp).toList();
  }

  private static Stamp stamp(Path file) {
    try {
      return new Stamp(
          file, Files.readAttributes(file, "lastModifiedTime,size,fileKey").toString());
    } catch (IOException missing) {
      return new Stamp(file, "missing");
    }
  }

  private Material load() {
    return switch (source) {
      case CertificateSource.Generated generated -> issue(generated.ca().get(), generated.names());
      case CertificateSource.UnderCa under -> issue(pair(under.cert(), under.key()), under.names());
      case CertificateSource.Provided provided -> provided(provided.cert(), provided.key());
    };
  }

  private Material issue(IssuingCa ca, List<String> names) {
    var now = clock.instant();
    try {
      var certificate =
          new CertificateSigner(ca, KeyType.EC_P256, crypto).signServer(names, LIFETIME, now);
      return new Material(
          certificate.chainPem(),
          certificate.privateKeyPem(),
          certificate.expiresAt(),
          Rotation.AT_TWO_THIRDS.due(now, certificate.expiresAt(), 0.5));
    } catch (IssuerExpiredException | IllegalArgumentException refused) {
      throw new ServerCertificateException(
          "no certificate for this server can be made: " + refused.getMessage(), refused);
    }
  }

  private Material provided(Path cert, Path key) {
    var pair = pair(cert, key);
    return new Material(pair.certificatePem(), pair.privateKeyPem(), pair.expiresAt(), Instant.MAX);
  }

  private IssuingCa pair(Path cert, Path key) {
    try {
      var pair = IssuingCa.read(read(cert), read(key));
      var expires = pair.certificate().getNotAfter().toInstant();
      if (!expires.isAfter(clock.instant())) {
        throw new ServerCertificateException(
            "the certificate in %s ended at %s, and it is %s; renew it"
                .formatted(cert, expires, clock.instant()));
      }
      return pair;
    } catch (InvalidPemException malformed) {
      throw new ServerCertificateException(
          "%s and %s are no certificate with its key: %s"
              .formatted(cert, key, malformed.getMessage()),
          malformed);
    }
  }

  private static byte[] read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      var bytes = in.readNBytes((int) LARGEST_FILE + 1);
      if (bytes.length > LARGEST_FILE) {
        throw new ServerCertificateException(
            "%s has more than %d bytes".formatted(file, LARGEST_FILE));
      }
      return bytes;
    } catch (IOException unreadable) {
      throw new ServerCertificateException("cannot read " + file, unreadable);
    }
  }

  /** What does TLS in this process, and why where it is not the native library. */
  public static String engine() {
    return OpenSsl.isAvailable()
        ? "native, " + OpenSsl.versionString()
        : "JDK; the native library did not load: " + OpenSsl.unavailabilityCause();
  }

  private static SslContext build(Material material) {
    try {
      var provider = OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
      // Parsed here: netty's own reading of PEM starts the whole of Bouncy Castle's provider, a
      // third
      // of the time until the server is ready.
      var key = Pem.readPrivateKey(bytes(material.keyPem()));
      var chain = Pem.readCertificates(bytes(material.certificatePem()));
      return GrpcSslContexts.configure(
              SslContextBuilder.forServer(key, chain.toArray(X509Certificate[]::new)), provider)
          .protocols("TLSv1.3", "TLSv1.2")
          .clientAuth(ClientAuth.NONE)
          .build();
    } catch (SSLException | InvalidPemException | IllegalArgumentException refused) {
      throw new ServerCertificateException(
          "the server's own certificate cannot be used for TLS", refused);
    }
  }

  // The types of RFC 5280 section 4.2.1.6: 2 is dNSName, 7 is iPAddress.
  private static Set<String> namesIn(String certificatePem) {
    try {
      var leaf = Pem.readCertificates(bytes(certificatePem)).getFirst();
      var alternatives = Optional.ofNullable(leaf.getSubjectAlternativeNames());
      return alternatives.stream()
          .flatMap(Collection::stream)
          .filter(name -> name.getFirst().equals(2) || name.getFirst().equals(7))
          .map(name -> String.valueOf(name.get(1)).toLowerCase(Locale.ROOT))
          .collect(Collectors.toUnmodifiableSet());
    } catch (InvalidPemException | CertificateParsingException unreadable) {
      throw new ServerCertificateException(
          "the names in the server's own certificate cannot be read", unreadable);
    }
  }

  private static byte[] bytes(String pem) {
    return pem.getBytes(StandardCharsets.US_ASCII);
  }
}
