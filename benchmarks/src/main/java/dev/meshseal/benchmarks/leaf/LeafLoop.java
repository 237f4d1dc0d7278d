package dev.meshseal.benchmarks.leaf;

import com.sun.management.OperatingSystemMXBean;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.x509.CaProfile;
import dev.meshseal.x509.CertificateSigner;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.IssuingCa;
import dev.meshseal.x509.KeyType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * Whole leaves, as the server makes them: key, certificate and the PEM of both, by {@link
 * CertificateSigner}. Reads lines {@code native SECONDS} and {@code jdk SECONDS} and answers each
 * with leaves a second of the CPU of the whole process, garbage collector and compiler included.
 */
public final class LeafLoop {
  private static final Duration LIFETIME = Duration.ofHours(1);
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final DataplaneIdentity WEB =
      new DataplaneIdentity(
          new DataplaneId("default", "web-1"),
          IdentityForm.KUMA,
          List.of("spiffe://default/web", "kuma://kuma.io/service/web"));

  private final CertificateSigner signer;
  private long characters;

  private LeafLoop(CryptoProvider crypto) {
    var profile = new CaProfile("default", "ca-1", KeyType.EC_P256, Duration.ofDays(1));
    var ca = IssuingCa.create(profile, crypto, Instant.now());
    this.signer = new CertificateSigner(ca, KeyType.EC_P256, crypto);
  }

  public static void main(String[] arguments) throws IOException {
    var natively = new LeafLoop(CryptoProvider.best());
    var plainly = new LeafLoop(CryptoProvider.jdk());
    System.out.println("provider " + CryptoProvider.best().name());
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (var line = in.readLine(); line != null; line = in.readLine()) {
      int space = line.indexOf(' ');
      var loop = line.startsWith("native") ? natively : plainly;
      double rate = loop.leaves(Double.parseDouble(line.substring(space)));
      System.out.printf(Locale.ROOT, "leaf %.1f%n", rate);
    }
  }

  private double leaves(double seconds) {
    long start = SYSTEM.getProcessCpuTime();
    long leaves = 0;
    long spent = 0;
    while (spent < seconds * 1e9) {
      for (int i = 0; i < 100; i++, leaves++) {
        var leaf = signer.sign(WEB, LIFETIME, Instant.now());
        characters += leaf.chainPem().length() + leaf.privateKeyPem().length();
      }
      spent = SYSTEM.getProcessCpuTime() - start;
    }
    if (characters == 0) {
      throw new IllegalStateException("nothing was made");
    }
    return leaves / (spent / 1e9);
  }
}
