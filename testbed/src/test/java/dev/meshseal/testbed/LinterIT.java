package dev.meshseal.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.testing.Identities;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CertificateSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.KeyType.Curve;
import dev.meshseal.x509.Pem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What others say of our certificates: two linters, OpenSSL and Go. See docs/certificates.md. */
class LinterIT {
  private static final Linters LINTERS = Linters.up();
  private static final Duration DAY = Duration.ofHours(24);
  private static final Pattern CODE = Pattern.compile("\"code\": *\"([^\"]+)\"");

  // Every certificate has both, and each is explained in docs/certificates.md, "Exceptions".
  private static final String PKILINT_EXCEPTION = "pkix.invalid_uri_syntax";
  private static final String ZLINT_EXCEPTION = "e_ext_san_uri_host_not_fqdn_or_ip";

  @TempDir Path folder;

  record Judged(String name, IssuingCa ca, KeyType leafKey, DataplaneIdentity identity) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Judged> everyKind() {
    var ec = ca(KeyType.EC_P256);
    var p384 = ca(new KeyType.Ec(Curve.P_384));
    var rsa = ca(KeyType.RSA_2048);
    var intermediate =
        ec.createIntermediate(profile(KeyType.EC_P256), CryptoProvider.best(), Instant.now());
    var kuma = Identities.kuma(1);
    var svid = Identities.svid(1);
    return Stream.of(
        new Judged("kuma leaf, EC, under EC", ec, KeyType.EC_P256, kuma),
        new Judged("svid leaf, EC, under EC", ec, KeyType.EC_P256, svid),
        new Judged("kuma leaf, RSA, under RSA", rsa, KeyType.RSA_2048, kuma),
        new Judged("svid leaf, RSA, under P-384", p384, KeyType.RSA_2048, svid),
        new Judged("svid leaf, EC, under an intermediate", intermediate, KeyType.EC_P256, svid));
  }

  private static IssuingCa ca(KeyType key) {
    return IssuingCa.create(profile(key), CryptoProvider.best(), Instant.now());
  }

  private static CaProfile profile(KeyType key) {
    return new CaProfile("default", "default", key, Duration.ofDays(365));
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void lintersFindNothingButTheJustifiedExceptions(Judged judged) throws Exception {
    var chain = sign(judged).chainPem().getBytes(StandardCharsets.US_ASCII);
    var certificates = new ArrayList<>(judged.ca().chain());
    certificates.add(Pem.readCertificates(chain).getFirst());

    for (var certificate : certificates) {
      var pem = Pem.certificate(certificate);
      var file = write("certificate.pem", pem);
      assertThat(pkilintCodes(file)).as("pkilint on\n%s", pem).containsOnly(PKILINT_EXCEPTION);
      assertThat(zlintFindings(file)).as("zlint on\n%s", pem).containsOnly(ZLINT_EXCEPTION);
    }
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void opensslVerifiesChainAndKey(Judged judged) throws Exception {
    var signed = sign(judged);
    var chain = write("chain.pem", signed.chainPem());
    var key = write("key.pem", signed.privateKeyPem());
    var roots = write("roots.pem", judged.ca().trustBundle().pem());

    for (var purpose : List.of("sslserver", "sslclient")) {
      var verify =
          List.of(
              "openssl",
              "verify",
              "-x509_strict",
              "-purpose",
              purpose,
              "-CAfile",
              roots.toString(),
              "-untrusted",
              chain.toString(),
              chain.toString());
      assertThat(Command.run(verify).requireZero()).contains("OK");
    }
    Command.run(List.of("openssl", "pkey", "-in", key.toString(), "-check", "-noout"))
        .requireZero();
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void goAcceptsChainKeyAndNames(Judged judged) throws Exception {
    var signed = sign(judged);
    var command = new ArrayList<String>();
    command.add(LINTERS.peer());
    command.add(write("chain.pem", signed.chainPem()).toString());
    command.add(write("key.pem", signed.privateKeyPem()).toString());
    command.add(write("roots.pem", judged.ca().trustBundle().pem()).toString());
    command.addAll(judged.identity().uris());

    assertThat(Command.run(command).requireZero()).isEqualTo("ok\n");
  }

  @Test
  void goRefusesOtherNamesAndOtherRoots() throws Exception {
    var judged = everyKind().findFirst().orElseThrow();
    var signed = sign(judged);
    var chain = write("chain.pem", signed.chainPem()).toString();
    var key = write("key.pem", signed.privateKeyPem()).toString();
    var roots = write("roots.pem", judged.ca().trustBundle().pem()).toString();
    var others = write("others.pem", ca(KeyType.EC_P256).trustBundle().pem()).toString();

    var names = Command.run(List.of(LINTERS.peer(), chain, key, roots, "spiffe://default/other"));
    var trust = Command.run(List.of(LINTERS.peer(), chain, key, others));

    assertThat(names.exit()).isEqualTo(1);
    assertThat(names.output()).contains("asked were");
    assertThat(trust.exit()).isEqualTo(1);
    assertThat(trust.output()).contains("unknown authority");
  }

  private static IdentityCertificate sign(Judged judged) {
    return new CertificateSigner(judged.ca(), judged.leafKey(), CryptoProvider.best())
        .sign(judged.identity(), DAY, Instant.now());
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text, StandardCharsets.US_ASCII);
  }

  private static List<String> pkilintCodes(Path certificate) throws Exception {
    var said = LINTERS.pkilint(certificate);
    assertThat(said).contains("\"results\"");
    return CODE.matcher(said).results().map(match -> match.group(1)).toList();
  }

  private static List<String> zlintFindings(Path certificate) throws Exception {
    var said =
        Command.run(List.of(LINTERS.zlint(), "-includeSources", "RFC5280", certificate.toString()))
            .requireZero();
    assertThat(said).contains("\"result\":\"pass\"");
    return Pattern.compile("\"(\\w+)\":\\{[^}]*\"result\":\"(?:notice|warn|error|fatal)\"")
        .matcher(said)
        .results()
        .map(match -> match.group(1))
        .toList();
  }
}
