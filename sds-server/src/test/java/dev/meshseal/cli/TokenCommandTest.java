package dev.meshseal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.Tags;
import dev.meshseal.server.auth.Credential;
import dev.meshseal.server.auth.DataplaneTokens;
import dev.meshseal.server.auth.SigningKey;
import dev.meshseal.server.auth.VerificationKeys;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.FileCaKeyStore;
import dev.meshseal.server.files.FileRevocations;
import dev.meshseal.server.files.FileSigningKeys;
import dev.meshseal.server.files.KeyEncryptionKey;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenCommandTest {
  private static final String UNKNOWN = "0f8fad5b-d9cb-469f-a165-70867728950e";

  @TempDir private Path folder;
  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  @Test
  void printsATokenThatAServerOnTheSameDirectoryTakes() {
    var exit =
        token(
            "generate",
            "--mesh",
            "default",
            "--name",
            "web-1",
            "--valid-for",
            "24h",
            "--tag",
            "kuma.io/service=web,web-admin",
            "--tag",
            "env=prod",
            "--workload",
            "web");

    var credential = verify(out.toString().strip());
    assertThat(exit).isZero();
    assertThat(credential.permits().mesh()).contains("default");
    assertThat(credential.permits().name()).contains("web-1");
    assertThat(credential.permits().workload()).contains("web");
    assertThat(credential.permits().tags())
        .isEqualTo(
            Tags.of(Map.of("kuma.io/service", Set.of("web", "web-admin"), "env", Set.of("prod"))));
    assertThat(Duration.between(Instant.now(), credential.expiresAt()))
        .isBetween(Duration.ofHours(23), Duration.ofHours(24));
    assertThat(err.toString()).contains("to end it sooner: meshseal token revoke");
  }

  @Test
  void worksBesideAServer() {
    try (var server = DataDirectory.open(folder.resolve("data"))) {
      var exit =
          token("generate", "--mesh", server.root().getFileName().toString(), "--valid-for", "1h");

      assertThat(exit).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0s, valid for 1s to 100y",
    "101y, valid for 1s to 100y",
    "1, 'not a duration such as 24h, 30d, 10y or 1h30m'",
    "-1h, 'not a duration'",
    "1.5h, 'not a duration'",
    "24H, 'not a duration'"
  })
  void refusesADurationThatMakesNoSense(String validFor, String reason) {
    var exit = token("generate", "--mesh", "default", "--valid-for=" + validFor);

    assertThat(exit).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(err.toString()).contains(reason);
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kuma.io/service=", "a=b,", "a=,b"})
  void refusesATagWithoutAValue(String tag) {
    var exit = token("generate", "--mesh", "default", "--valid-for", "1h", "--tag", tag);

    assertThat(exit).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(err.toString()).contains("TAG=VALUE");
  }

  @Test
  void revokesTheTokenInAFile() throws IOException {
    generate();
    var file = Files.writeString(folder.resolve("web.token"), out.toString());

    var exit = token("revoke", file.toString());

    assertThat(exit).isZero();
    assertThat(revoked()).hasSize(1);
    assertThat(out.toString()).contains("is revoked");
  }

  @Test
  void revokesByIdAndSaysWhenItWasAlready() {
    generate();

    token("revoke", UNKNOWN);
    var exit = token("revoke", UNKNOWN);

    assertThat(exit).isZero();
    assertThat(revoked()).containsExactly(UNKNOWN);
    assertThat(out.toString()).contains("was revoked already");
  }

  @Test
  void refusesATokenOnTheCommandLineWithoutRepeatingIt() {
    generate();
    var secret = out.toString().strip();

    var exit = token("revoke", secret);

    assertThat(exit).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(err.toString()).contains("others can read the command line").doesNotContain(secret);
    assertThat(revoked()).isEmpty();
  }

  @Test
  void saysThatAFileHoldsNoToken() throws IOException {
    generate();
    var file = Files.writeString(folder.resolve("notes"), "hello");

    assertThat(token("revoke", file.toString())).isEqualTo(ExitCode.NO);
    assertThat(err.toString()).contains("this is not a data plane token");
  }

  @Test
  void aRotatedKeySignsAndTheOldOneStillVerifies() {
    generate();
    var old = out.toString().strip();

    token("rotate-key");
    generate();

    assertThat(verify(out.toString().strip()).keyId()).contains("ms-2");
    assertThat(verify(old).keyId()).contains("ms-1");
  }

  @Test
  void aRetiredKeyVerifiesNoMore() {
    generate();

    var exit = token("rotate-key", "--retire", "0s");

    assertThat(exit).isZero();
    assertThat(out.toString()).contains("key ms-2 signs").contains("key ms-1 is retired");
    assertThat(keys()).extracting(SigningKey::kid).containsExactly("ms-2");
  }

  @Test
  void changesNothingWhereThereIsNoDirectory() {
    assertThat(token("rotate-key")).isEqualTo(ExitCode.NO);

    assertThat(err.toString()).contains("is not a data directory of meshseal");
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void encryptsTheKeysOfAuthorities() throws IOException {
    var kek = Files.writeString(folder.resolve("kek"), "1f".repeat(32));
    try (var data = data()) {
      new FileCaKeyStore(data, Optional.empty()).createIfAbsent("default", "ca-1", newCa());
    }

    var exit = run("ca", "encrypt", "--kek-file", kek.toString());

    assertThat(exit).isZero();
    assertThat(out.toString()).contains("encrypted ").contains("ca.pem");
    assertThat(
            new FileCaKeyStore(data(), Optional.of(KeyEncryptionKey.read(kek)))
                .read("default", "ca-1"))
        .isPresent();
  }

  @Test
  void encryptsNothingUnderARunningServer() throws IOException {
    var kek = Files.writeString(folder.resolve("kek"), "1f".repeat(32));
    try (var server = DataDirectory.open(folder.resolve("data"))) {
      assertThat(run("ca", "encrypt", "--kek-file", kek.toString())).isEqualTo(ExitCode.NO);
      assertThat(err.toString()).contains(server.root() + "' is in use by process");
    }
  }

  private void generate() {
    token("generate", "--mesh", "default", "--name", "web-1", "--valid-for", "1h");
  }

  private Credential verify(String token) {
    return new DataplaneTokens(
            VerificationKeys.fixed(keys().stream().map(SigningKey::verification).toList()),
            (mesh, id) -> revoked().contains(id),
            InstantSource.system())
        .verify(token);
  }

  private List<SigningKey> keys() {
    return new FileSigningKeys(data(), InstantSource.system()).all();
  }

  private Set<String> revoked() {
    return new FileRevocations(data(), InstantSource.system()).ids();
  }

  private DataDirectory data() {
    return DataDirectory.openShared(folder.resolve("data"));
  }

  private static IssuingCa newCa() {
    return IssuingCa.create(
        new CaProfile("default", "default", KeyType.EC_P256, Duration.ofDays(1)),
        CryptoProvider.best(),
        Instant.now());
  }

  private int token(String... arguments) {
    var all = new ArrayList<>(List.of("token"));
    all.addAll(List.of(arguments));
    return run(all.toArray(String[]::new));
  }

  private int run(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", folder.resolve("data").toString()));
    out = new StringWriter();
    err = new StringWriter();
    var console =
        new Console(
            InputStream.nullInputStream(),
            new PrintWriter(out),
            new PrintWriter(err),
            Map.of(),
            false);
    return Meshseal.execute(console, all.toArray(String[]::new));
  }
}
