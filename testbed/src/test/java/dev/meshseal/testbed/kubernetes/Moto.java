package dev.meshseal.testbed.kubernetes;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.meshseal.testbed.Testbed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * moto, which stands for AWS Private CA: it signs with keys of its own and keeps names and public
 * keys, but not the duration asked for. On the loopback; all it knows is in memory.
 */
public final class Moto implements AutoCloseable {
  public static final String REGION = "eu-central-1";

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  // It is not verified, but the region is read from it.
  private static final String AUTHORIZATION =
      "AWS4-HMAC-SHA256 Credential=testing/20260101/%s/acm-pca/aws4_request,".formatted(REGION)
          + " SignedHeaders=host, Signature=0";

  private final URI address;
  private final ChildProcess process;

  private Moto(URI address, ChildProcess process) {
    this.address = address;
    this.process = process;
  }

  /** Starts it; blocks until it answers, about a second. */
  public static Moto start(Path folder) {
    var port = LoopbackPort.free();
    var command =
        List.of("python3", "-m", "moto.server", "-H", "127.0.0.1", "-p", Integer.toString(port));
    var environment =
        Map.of("PYTHONPATH", Testbed.path("moto").toString(), "PYTHONDONTWRITEBYTECODE", "1");
    var log = folder.resolve("moto.log");
    var process = ChildProcess.startWatched(command, environment, log);
    return new Moto(URI.create("http://127.0.0.1:" + port), process).awaitReady(log);
  }

  private Moto awaitReady(Path log) {
    Awaitility.await("moto; its log: " + log)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsInstanceOf(UncheckedIOException.class)
        .until(() -> call("ListCertificateAuthorities", "{}").isSuccess());
    return this;
  }

  public URI address() {
    return address;
  }

  /** What the AWS SDK of another process needs to come here. */
  public Map<String, String> environment() {
    return Map.of(
        "AWS_ENDPOINT_URL", address.toString(),
        "AWS_REGION", REGION,
        "AWS_ACCESS_KEY_ID", "testing",
        "AWS_SECRET_ACCESS_KEY", "testing",
        "AWS_EC2_METADATA_DISABLED", "true");
  }

  /** An action of AWS Private CA in its JSON protocol. */
  public Answer call(String action, String json) {
    var request =
        HttpRequest.newBuilder(address)
            .POST(BodyPublishers.ofString(json))
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("X-Amz-Target", "ACMPrivateCA." + action)
            .header("Authorization", AUTHORIZATION)
            .timeout(PATIENCE)
            .build();
    try {
      var answer = HTTP.send(request, BodyHandlers.ofString(UTF_8));
      return new Answer(action, answer.statusCode(), answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(action + " was not answered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in " + action, e);
    }
  }

  /** Makes a root CA that can issue, and says its ARN. */
  public String makeRoot(String name) {
    var arn =
        required(
                "CreateCertificateAuthority",
                """
                {"CertificateAuthorityType": "ROOT", "CertificateAuthorityConfiguration":
                  {"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA",
                   "Subject": {"CommonName": "%s"}}}
                """
                    .formatted(name))
            .path("CertificateAuthorityArn")
            .asString();
    var csr =
        required(
                "GetCertificateAuthorityCsr",
                "{\"CertificateAuthorityArn\": \"%s\"}".formatted(arn))
            .path("Csr")
            .asString();
    var certificate = issueRoot(arn, csr);
    required(
        "ImportCertificateAuthorityCertificate",
        "{\"CertificateAuthorityArn\": \"%s\", \"Certificate\": \"%s\"}"
            .formatted(arn, base64(certificate)));
    return arn;
  }

  private String issueRoot(String arn, String csr) {
    var issued =
        required(
                "IssueCertificate",
                """
                {"CertificateAuthorityArn": "%s", "Csr": "%s", "SigningAlgorithm": "SHA256WITHECDSA",
                 "TemplateArn": "arn:aws:acm-pca:::template/RootCACertificate/V1",
                 "Validity": {"Type": "DAYS", "Value": 3650}}
                """
                    .formatted(arn, base64(csr)))
            .path("CertificateArn")
            .asString();
    return required(
            "GetCertificate",
            "{\"CertificateAuthorityArn\": \"%s\", \"CertificateArn\": \"%s\"}"
                .formatted(arn, issued))
        .path("Certificate")
        .asString();
  }

  private JsonNode required(String action, String json) {
    var answer = call(action, json).require();
    return answer.body().isEmpty() ? new Answer(action, 200, "{}").json() : answer.json();
  }

  private static String base64(String pem) {
    return Base64.getEncoder().encodeToString(pem.getBytes(US_ASCII));
  }

  @Override
  public void close() {
    process.stop();
  }
}
