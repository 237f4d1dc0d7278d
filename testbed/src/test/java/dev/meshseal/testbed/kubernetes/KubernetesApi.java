package dev.meshseal.testbed.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Calls an API server as one user. Every call blocks until it is answered, for 30 s at most. */
public final class KubernetesApi {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final HttpClient http;
  private final URI server;
  private final String token;

  private KubernetesApi(HttpClient http, URI server, String token) {
    this.http = http;
    this.server = server;
    this.token = token;
  }

  static KubernetesApi of(URI server, Path ca, String token) {
    return new KubernetesApi(
        HttpClient.newBuilder().sslContext(trusting(ca)).connectTimeout(TIMEOUT).build(),
        server,
        token);
  }

  private static SSLContext trusting(Path ca) {
    try (var pem = Files.newInputStream(ca)) {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      var number = 0;
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        store.setCertificateEntry("ca-" + number++, certificate);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(ca + " holds no certificates", e);
    }
  }

  /** The same server as another user. */
  public KubernetesApi as(String otherToken) {
    return new KubernetesApi(http, server, otherToken);
  }

  public Answer get(String path) {
    return call("GET", path, "application/json", "");
  }

  public Answer post(String path, String json) {
    return call("POST", path, "application/json", json);
  }

  public Answer put(String path, String json) {
    return call("PUT", path, "application/json", json);
  }

  public Answer delete(String path) {
    return call("DELETE", path, "application/json", "");
  }

  /** A merge patch; for a custom resource's status the path ends in {@code /status}. */
  public Answer patch(String path, String json) {
    return call("PATCH", path, "application/merge-patch+json", json);
  }

  /** Applies every document, as {@code kubectl apply --server-side --force-conflicts} does. */
  public void apply(String yaml) {
    Manifest.readAll(yaml).forEach(manifest -> tryApply(manifest).require());
  }

  /** The API server's answer to one document, for those it may refuse. */
  public Answer tryApply(String yaml) {
    return tryApply(Manifest.readAll(yaml).getFirst());
  }

  private Answer tryApply(Manifest manifest) {
    var query = "?fieldManager=testbed&force=true&fieldValidation=Strict";
    return call("PATCH", path(manifest) + query, "application/apply-patch+yaml", manifest.json());
  }

  /** Deletes what the documents name; what is not there is deleted already. */
  public void deleteAll(String yaml) {
    for (var manifest : Manifest.readAll(yaml).reversed()) {
      var answer = delete(path(manifest));
      if (answer.status() != 404) {
        answer.require();
      }
    }
  }

  private String path(Manifest manifest) {
    var group = manifest.apiVersion().contains("/") ? "/apis/" : "/api/";
    var version = group + manifest.apiVersion();
    // A definition is established a moment before the API server says that it serves its kind.
    return Awaitility.await("kind %s in %s".formatted(manifest.kind(), version))
        .atMost(Duration.ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .until(() -> path(version, manifest), Optional::isPresent)
        .orElseThrow();
  }

  private Optional<String> path(String version, Manifest manifest) {
    var answer = get(version);
    if (!answer.isSuccess()) {
      return Optional.empty();
    }
    for (var resource : answer.json().path("resources")) {
      if (isOf(manifest, resource)) {
        var namespace =
            resource.path("namespaced").asBoolean() ? "/namespaces/" + manifest.namespace() : "";
        var plural = resource.path("name").asString();
        return Optional.of(String.join("/", version + namespace, plural, manifest.name()));
      }
    }
    return Optional.empty();
  }

  private static boolean isOf(Manifest manifest, JsonNode resource) {
    return resource.path("kind").asString().equals(manifest.kind())
        && !resource.path("name").asString().contains("/");
  }

  private Answer call(String method, String path, String type, String body) {
    var request =
        HttpRequest.newBuilder(server.resolve(path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .header("authorization", "Bearer " + token)
            .header("content-type", type)
            .timeout(TIMEOUT)
            .build();
    try {
      var answer = http.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
      return new Answer(method + " " + path, answer.statusCode(), answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException("%s %s was not answered".formatted(method, path), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in %s %s".formatted(method, path), e);
    }
  }

  /** The names of the objects of a list. */
  public List<String> names(String path) {
    return get(path)
        .require()
        .json()
        .path("items")
        .valueStream()
        .map(item -> item.path("metadata").path("name").asString())
        .toList();
  }
}
