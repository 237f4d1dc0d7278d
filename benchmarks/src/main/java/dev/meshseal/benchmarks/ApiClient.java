package dev.meshseal.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Plain calls of an API server over one HTTP/2 client. Every call blocks; safe for many threads.
 */
final class ApiClient {
  /** Fewer than the streams that an API server lets one connection have. */
  static final int AT_ONCE = 64;

  private final URI server;
  private final String token;
  private final HttpClient http;

  ApiClient(URI server, Path authority, String token) {
    this.server = server;
    this.token = token;
    this.http = HttpClient.newBuilder().sslContext(trusting(authority)).build();
  }

  private static SSLContext trusting(Path authority) {
    try (var pem = Files.newInputStream(authority)) {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be read".formatted(authority), failed);
    } catch (GeneralSecurityException failed) {
      throw new IllegalStateException("%s holds no certificate".formatted(authority), failed);
    }
  }

  JsonNode get(String path) {
    return call("GET", path, "application/json", "");
  }

  JsonNode post(String path, String json) {
    return call("POST", path, "application/json", json);
  }

  JsonNode delete(String path) {
    return call("DELETE", path, "application/json", "");
  }

  JsonNode mergePatch(String path, String json) {
    return call("PATCH", path, "application/merge-patch+json", json);
  }

  private JsonNode call(String method, String path, String type, String body) {
    var request =
        request(path)
            .header("content-type", type)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    try {
      var answer = http.send(request, BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new IllegalStateException(
            "%s %s was answered with %d: %s"
                .formatted(method, path, answer.statusCode(), answer.body()));
      }
      return JsonMapper.shared().readTree(answer.body());
    } catch (IOException failed) {
      throw new UncheckedIOException("%s %s was not answered".formatted(method, path), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in %s %s".formatted(method, path), interrupted);
    }
  }

  /** The events of a watch, a line of JSON each, until the stream is closed. */
  Stream<String> watch(String path) {
    try {
      return http.send(request(path).build(), BodyHandlers.ofLines()).body();
    } catch (IOException failed) {
      throw new UncheckedIOException("watching %s was not answered".formatted(path), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in watching " + path, interrupted);
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(server.resolve(path)).header("authorization", "Bearer " + token);
  }

  /** Does it for each number below {@code count}, several at once; blocks until all is done. */
  static void inParallel(int count, IntConsumer each) throws InterruptedException {
    var places = new Semaphore(AT_ONCE);
    var failures = new ConcurrentLinkedQueue<RuntimeException>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int number = 0; number < count && failures.isEmpty(); number++) {
        int mine = number;
        places.acquire();
        threads.execute(
            () -> {
              try {
                each.accept(mine);
              } catch (RuntimeException failed) {
                failures.add(failed);
              } finally {
                places.release();
              }
            });
      }
    }
    if (!failures.isEmpty()) {
      throw failures.remove();
    }
  }
}
