package dev.meshseal.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import tools.jackson.databind.json.JsonMapper;

/**
 * What cert-manager can do at most: requests are created, their certificates come by one watch,
 * they are deleted, and nothing is checked. Its keys are made before the clock runs. Its requests
 * say as much as the server's, since what they say costs the API server time.
 */
final class BareClient implements AutoCloseable {
  private static final String PATH =
      "/apis/cert-manager.io/v1/namespaces/%s/certificaterequests".formatted(TestCluster.SYSTEM);
  private static final String MARK = "benchmark=bare";

  private final ApiClient api;
  private final Thread follower = Thread.ofVirtual().unstarted(this::follow);
  private final Map<String, CompletableFuture<Long>> waiting = new ConcurrentHashMap<>();
  private final AtomicLong number = new AtomicLong();
  private volatile boolean closed;

  BareClient(ApiClient api) {
    this.api = api;
    this.follower.start();
  }

  // An API server ends a watch when it likes, as when a CRD has just been installed.
  private void follow() {
    var query = "?watch=true&resourceVersion=0&labelSelector=" + MARK;
    while (!closed) {
      try (var watch = api.watch(PATH + query)) {
        watch.forEach(this::seen);
      } catch (UncheckedIOException brokenOff) {
        // It is opened again, unless this was the end.
      }
    }
  }

  private void seen(String line) {
    var object = JsonMapper.shared().readTree(line).path("object");
    if (!object.path("status").path("certificate").isMissingNode()) {
      var one = waiting.remove(object.path("metadata").path("name").asString());
      if (one != null) {
        one.complete(System.nanoTime());
      }
    }
  }

  /** Certificates a second, from the first request to the last certificate. */
  double issue(int count) throws InterruptedException {
    var requests = IntStream.range(0, count).mapToObj(each -> signingRequest(each)).toList();
    var last = new AtomicLong();
    long start = System.nanoTime();
    ApiClient.inParallel(
        count, each -> last.accumulateAndGet(issueOne(requests.get(each)), Math::max));
    return count / ((last.get() - start) / 1e9);
  }

  private long issueOne(String signingRequest) {
    var name = "bare-" + number.incrementAndGet();
    var issued = new CompletableFuture<Long>();
    waiting.put(name, issued);
    api.post(
        PATH,
        """
        {"apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest",
         "metadata": {"name": "%s", "labels": {"benchmark": "bare",
           "app.kubernetes.io/managed-by": "meshseal", "meshseal.dev/instance": "replica-1234567",
           "meshseal.dev/mesh": "default", "meshseal.dev/backend": "ca-1",
           "meshseal.dev/dataplane": "pod-1.pods"},
           "annotations": {"meshseal.dev/spiffe-id": "spiffe://default/pod-1.pods",
           "meshseal.dev/dataplane": "pod-1.pods.default", "meshseal.dev/backend": "ca-1",
           "meshseal.dev/deadline": "2036-11-27T03:55:05.123456Z"}},
         "spec": {"request": "%s", "duration": "24h",
           "usages": ["digital signature", "key encipherment", "server auth", "client auth"],
           "issuerRef": {"name": "mesh-ca"}}}
        """
            .formatted(name, signingRequest));
    long at = issued.orTimeout(1, TimeUnit.MINUTES).join();
    api.delete(PATH + "/" + name);
    return at;
  }

  private static String signingRequest(int index) {
    try (var pem = new StringWriter()) {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      var key = generator.generateKeyPair();
      var names =
          new GeneralNames(
              new GeneralName[] {
                new GeneralName(
                    GeneralName.uniformResourceIdentifier, "spiffe://default/bare-" + index),
                new GeneralName(
                    GeneralName.uniformResourceIdentifier, "kuma://kuma.io/service/fleet")
              });
      var extensions = new ExtensionsGenerator();
      extensions.addExtension(Extension.subjectAlternativeName, true, names);
      try (var writer = new JcaPEMWriter(pem)) {
        writer.writeObject(
            new JcaPKCS10CertificationRequestBuilder(new X500Principal(""), key.getPublic())
                .addAttribute(
                    PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
      }
      return Base64.getEncoder().encodeToString(pem.toString().getBytes(US_ASCII));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (GeneralSecurityException | OperatorCreationException failed) {
      throw new IllegalStateException("no request can be signed with P-256", failed);
    }
  }

  @Override
  public void close() {
    closed = true;
    follower.interrupt();
  }
}
