package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.meshseal.ca.CaException;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.Pem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCaKeyStoreTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final Optional<KeyEncryptionKey> KEK = KeyEncryptionKey.parse("1f".repeat(32));
  private static final Optional<KeyEncryptionKey> OTHER = KeyEncryptionKey.parse("2e".repeat(32));
  private static final IssuingCa FIRST = newCa();
  private static final IssuingCa SECOND = newCa();

  @TempDir private Path folder;

  @Test
  void keepsCertificateAndKeyOfTheFirstCreation() {
    var store = store(Optional.empty());

    var created = store.createIfAbsent("default", "ca-1", FIRST);
    var again = store.createIfAbsent("default", "ca-1", SECOND);

    assertSame(created, FIRST);
    assertSame(again, FIRST);
    assertSame(store.read("default", "ca-1").orElseThrow(), FIRST);
    assertThat(store.read("default", "ca-2")).isEmpty();
  }

  @Test
  void keepsAWholeChain() {
    var intermediate = FIRST.createIntermediate(profile(), CryptoProvider.best(), NOON);

    var kept = store(KEK).createIfAbsent("default", "ca-1", intermediate);

    assertThat(kept.chain()).isEqualTo(intermediate.chain());
  }

  @Test
  void writesOneFileForItsOwnerAlone() throws IOException {
    store(Optional.empty()).createIfAbsent("default", "ca-1", FIRST);

    var file = folder.resolve("meshes/default/ca-1/ca.pem");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void encryptsThePrivateKeyWhereThereIsAKeyForThat() throws IOException {
    var store = store(KEK);

    store.createIfAbsent("default", "ca-1", FIRST);

    assertThat(text("default", "ca-1"))
        .doesNotContain("-----BEGIN PRIVATE KEY")
        .doesNotContain(Pem.privateKey(FIRST.key()).lines().skip(1).findFirst().orElseThrow());
    assertSame(store.read("default", "ca-1").orElseThrow(), FIRST);
  }

  @Test
  void saysThatAKeyIsEncryptedAndNoneWasGiven() {
    store(KEK).createIfAbsent("default", "ca-1", FIRST);

    assertRefused(store(Optional.empty()), "default", "ca-1", "give it with --kek-file");
  }

  @Test
  void saysThatAKeyIsEncryptedWithAnother() {
    store(KEK).createIfAbsent("default", "ca-1", FIRST);

    assertRefused(
        store(OTHER), "default", "ca-1", "and --kek-file holds " + OTHER.orElseThrow().id());
  }

  @Test
  void readsAnOpenKeyAlsoWhereAnotherWouldBeEncrypted() {
    store(Optional.empty()).createIfAbsent("default", "ca-1", FIRST);

    assertSame(store(KEK).read("default", "ca-1").orElseThrow(), FIRST);
  }

  @Test
  void encryptsWhatLiesOpenAndWhatHasAnotherKey() throws IOException {
    store(Optional.empty()).createIfAbsent("default", "ca-1", FIRST);
    store(OTHER).createIfAbsent("default", "ca-2", SECOND);
    store(KEK).createIfAbsent("Odd/Name", "..", FIRST);

    var changed = new CaEncryption(data(), OTHER, KEK.orElseThrow()).run();

    assertThat(changed).hasSize(2);
    assertThat(text("default", "ca-1")).doesNotContain("-----BEGIN PRIVATE KEY");
    assertSame(store(KEK).read("default", "ca-1").orElseThrow(), FIRST);
    assertSame(store(KEK).read("default", "ca-2").orElseThrow(), SECOND);
    assertSame(store(KEK).read("Odd/Name", "..").orElseThrow(), FIRST);
  }

  @Test
  void refusesAFileThatWasCutOffAnywhereAndLeavesIt() throws IOException {
    store(Optional.empty()).createIfAbsent("default", "ca-1", FIRST);
    var whole = Files.readAllBytes(file("default", "ca-1"));

    for (var length = 0; length < whole.length; length += 7) {
      var cut = Arrays.copyOf(whole, length);
      Files.write(file("default", "ca-1"), cut);

      assertRefused(store(Optional.empty()), "default", "ca-1", file("default", "ca-1").toString());
      assertThatThrownBy(() -> store(Optional.empty()).createIfAbsent("default", "ca-1", SECOND))
          .isInstanceOf(CaException.class);
      assertThat(file("default", "ca-1")).hasBinaryContent(cut);
    }
  }

  @Test
  void refusesTheFileOfAnotherBackend() throws IOException {
    store(Optional.empty()).createIfAbsent("default", "ca-1", FIRST);
    Files.createDirectories(file("default", "ca-2").getParent());
    Files.copy(file("default", "ca-1"), file("default", "ca-2"));

    assertRefused(
        store(Optional.empty()),
        "default",
        "ca-2",
        "holds the authority of 'mesh default backend ca-1'");
  }

  @Test
  void refusesTheKeyOfAnotherEvenUnderARightHash() throws IOException {
    store(Optional.empty()).createIfAbsent("default", "ca-1", FIRST);
    var mixed =
        "owner: mesh default backend ca-1\n" + FIRST.certificatePem() + SECOND.privateKeyPem();
    Files.write(file("default", "ca-1"), new SealedText("certificate authority", 1).seal(mixed));

    assertRefused(store(Optional.empty()), "default", "ca-1", "does not belong to its certificate");
  }

  @Test
  void refusesAnEncryptedKeyUnderAnotherCertificate() throws IOException {
    store(KEK).createIfAbsent("default", "ca-1", FIRST);
    var text = text("default", "ca-1");
    var mixed =
        text.substring(text.indexOf('\n') + 1)
            .replace(FIRST.certificatePem(), SECOND.certificatePem());
    Files.write(file("default", "ca-1"), new SealedText("certificate authority", 1).seal(mixed));

    assertRefused(store(KEK), "default", "ca-1", "was altered, or belongs to another file");
  }

  @Test
  void refusesAForeignFile() throws IOException {
    Files.createDirectories(file("default", "ca-1").getParent());
    Files.writeString(file("default", "ca-1"), FIRST.certificatePem());

    assertRefused(
        store(Optional.empty()), "default", "ca-1", "is not a certificate authority of meshseal");
  }

  @Test
  void noNameLeadsOutOfTheDirectory() {
    var store = store(Optional.empty());

    for (var name : new String[] {"..", "../..", "/etc", "a/b", ".", "A", "a\0b", "%2e"}) {
      store.createIfAbsent(name, name, FIRST);

      assertSame(store.read(name, name).orElseThrow(), FIRST);
    }
    assertThat(folder.resolve("meshes")).isDirectoryRecursivelyContaining("glob:**/ca.pem");
    assertThat(folder.resolve("../ca.pem")).doesNotExist();
    assertThat(folder.resolve("ca.pem")).doesNotExist();
  }

  @Test
  void oneOfManyThreadsCreatesAndAllGetTheSame() throws Exception {
    var threads = 16;
    var start = new CountDownLatch(1);
    try (var pool = Executors.newFixedThreadPool(threads)) {
      for (var round = 0; round < 20; round++) {
        var backend = "ca-" + round;
        var tasks = new ArrayList<Callable<String>>();
        for (var thread = 0; thread < threads; thread++) {
          var created = newCa();
          tasks.add(
              () -> {
                start.await();
                var kept = store(Optional.empty()).createIfAbsent("default", backend, created);
                return Fingerprint.of(kept.certificate());
              });
        }
        start.countDown();
        var seen = new HashSet<String>();
        for (var result : pool.invokeAll(tasks)) {
          seen.add(result.get());
        }
        assertThat(seen).hasSize(1);
      }
    }
    assertNoTemporaries();
  }

  private void assertNoTemporaries() throws IOException {
    try (var files = Files.walk(folder)) {
      assertThat(files.filter(AtomicFiles::isTemporary)).isEmpty();
    }
  }

  private static void assertRefused(
      FileCaKeyStore store, String mesh, String backend, String reason) {
    var refusal = catchThrowableOfType(CaException.class, () -> store.read(mesh, backend));

    assertThat(refusal).isNotNull();
    assertThat(refusal.kind()).isEqualTo(CaException.Kind.REJECTED);
    assertThat(refusal)
        .hasMessageStartingWith("mesh '%s' backend '%s' has no authority: ", mesh, backend)
        .hasMessageContaining(reason)
        .hasMessageNotContaining("BEGIN");
  }

  private static void assertSame(IssuingCa actual, IssuingCa expected) {
    assertThat(actual.chain()).isEqualTo(expected.chain());
    assertThat(actual.isPaired()).isTrue();
  }

  private FileCaKeyStore store(Optional<KeyEncryptionKey> kek) {
    return new FileCaKeyStore(data(), kek);
  }

  private Path file(String mesh, String backend) {
    return CaFile.of(data(), mesh, backend).path();
  }

  private String text(String mesh, String backend) throws IOException {
    return Files.readString(file(mesh, backend), StandardCharsets.US_ASCII);
  }

  private static CaProfile profile() {
    return new CaProfile("default", "default", KeyType.EC_P256, Duration.ofDays(365));
  }

  private static IssuingCa newCa() {
    return IssuingCa.create(profile(), CryptoProvider.best(), NOON);
  }

  private DataDirectory data() {
    return DataDirectory.openShared(folder);
  }
}
