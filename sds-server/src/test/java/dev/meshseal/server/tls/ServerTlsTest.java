package dev.meshseal.server.tls;

import static dev.meshseal.testing.FakeTime.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.testing.FakeTime;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CertificateSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTlsTest {
  private static final List<String> NAMES = List.of("localhost", "127.0.0.1");

  @TempDir private Path folder;
  private final FakeTime time = new FakeTime();

  @Test
  void renewsTheCertificateItMakesBeforeItEnds() {
    var ca = ca(NOON);
    var tls = open(new CertificateSource.Generated(() -> ca, NAMES));
    var first = tls.certificatePem();

    time.advance(Duration.ofDays(19));
    var early = tls.certificatePem();
    time.advance(Duration.ofDays(2));

    assertThat(early).isEqualTo(first);
    assertThat(tls.certificatePem()).isNotEqualTo(first);
    assertThat(tls.expiresAt()).isAfter(NOON.plus(Duration.ofDays(40)));
  }

  @Test
  void takesAProvidedCertificateIntoUseWhenItsFilesChange() throws IOException {
    write(leaf(NOON));
    var tls = open(provided());
    var engine = tls.context();
    var next = leaf(NOON);

    write(next);
    time.advance(Duration.ofSeconds(2));

    assertThat(tls.certificatePem()).isEqualTo(next.chainPem());
    assertThat(tls.context()).isSameAs(engine);
  }

  @Test
  void isCalledWhatTheCertificateInUseSays() throws IOException {
    write(leaf(NOON, List.of("Mesh.example", "10.0.0.7")));
    var tls = open(provided());
    var first = tls.names();

    write(leaf(NOON, List.of("meshseal.meshseal-system.svc")));
    time.advance(Duration.ofSeconds(2));

    assertThat(first).containsExactlyInAnyOrder("mesh.example", "10.0.0.7");
    assertThat(tls.names()).containsExactly("meshseal.meshseal-system.svc");
  }

  @Test
  void keepsTheCertificateInUseWhenTheNewOneIsNotForItsKey() throws IOException {
    var first = leaf(NOON);
    write(first);
    var tls = open(provided());

    Files.writeString(folder.resolve("tls.crt"), leaf(NOON).chainPem());
    time.advance(Duration.ofSeconds(2));

    assertThat(tls.certificatePem()).isEqualTo(first.chainPem());
    assertThat(tls.problem().orElseThrow().message())
        .contains("does not belong to its certificate");
  }

  @Test
  void forgetsTheProblemWhenTheFilesAreRightAgain() throws IOException {
    write(leaf(NOON));
    var tls = open(provided());
    Files.writeString(folder.resolve("tls.crt"), "rubbish");
    time.advance(Duration.ofSeconds(2));
    var during = tls.problem();

    write(leaf(NOON));
    time.advance(Duration.ofSeconds(2));

    assertThat(during).isPresent();
    assertThat(tls.problem()).isEmpty();
  }

  @Test
  void triesAgainToMakeACertificateWhenThatHasFailed() {
    var ca = ca(NOON);
    var full = new AtomicBoolean();
    var tls =
        open(
            new CertificateSource.Generated(
                () -> {
                  if (full.get()) {
                    throw new IllegalStateException("the disk is full");
                  }
                  return ca;
                },
                NAMES));
    full.set(true);
    time.advance(Duration.ofDays(25));
    var problem = tls.problem();

    full.set(false);
    time.advance(Duration.ofSeconds(20));

    assertThat(problem.orElseThrow().message()).contains("the disk is full");
    assertThat(tls.problem()).isEmpty();
    assertThat(tls.expiresAt()).isAfter(NOON.plus(Duration.ofDays(50)));
  }

  @Test
  void refusesToStartWithACertificateThatHasEnded() throws IOException {
    write(leaf(NOON.minus(Duration.ofDays(40))));

    assertThatThrownBy(() -> open(provided()))
        .isInstanceOf(ServerCertificateException.class)
        .hasMessageContaining("ended at 2026-11-13T12:00:00Z, and it is 2026-11-23T12:00:00Z");
  }

  @Test
  void refusesToStartWithoutItsFiles() {
    assertThatThrownBy(() -> open(provided())).hasMessageContaining("cannot read", "tls.crt");
  }

  private ServerTls open(CertificateSource source) {
    return ServerTls.open(source, CryptoProvider.best(), time, time);
  }

  private CertificateSource provided() {
    return new CertificateSource.Provided(folder.resolve("tls.crt"), folder.resolve("tls.key"));
  }

  private void write(IdentityCertificate certificate) throws IOException {
    Files.writeString(folder.resolve("tls.key"), certificate.privateKeyPem());
    Files.writeString(folder.resolve("tls.crt"), certificate.chainPem());
  }

  private static IssuingCa ca(Instant now) {
    return IssuingCa.create(
        new CaProfile("server", "server", KeyType.EC_P256, Duration.ofDays(3650)),
        CryptoProvider.best(),
        now);
  }

  private static IdentityCertificate leaf(Instant now) {
    return leaf(now, NAMES);
  }

  private static IdentityCertificate leaf(Instant now, List<String> names) {
    return new CertificateSigner(ca(now), KeyType.EC_P256, CryptoProvider.best())
        .signServer(names, Duration.ofDays(30), now);
  }
}
