package dev.meshseal.kubernetes;

import static dev.meshseal.testing.FakeApiServer.inTurn;
import static dev.meshseal.testing.FakeApiServer.json;
import static dev.meshseal.testing.FakeApiServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.meshseal.testing.FakeApiServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallsTest {
  private static final String CALL = "GET /api/v1/namespaces/one";
  private static final Duration DEADLINE = Duration.ofSeconds(3);

  @TempDir Path folder;

  private final FakeApiServer api = FakeApiServer.start();
  private final AtomicInteger opened = new AtomicInteger();
  private Config config;
  private Calls calls;

  @BeforeEach
  void open() {
    config = Config.fromKubeconfig(api.kubeconfig(folder).toFile());
    config.setRequestRetryBackoffLimit(0);
    calls = new Calls(this::client, DEADLINE);
  }

  @AfterEach
  void close() {
    calls.close();
    api.close();
  }

  private KubernetesClient client() {
    opened.incrementAndGet();
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  private int call() {
    return calls.answer(this::send, DEADLINE).code();
  }

  private CompletableFuture<HttpResponse<byte[]>> send(HttpClient http) {
    var request =
        http.newHttpRequestBuilder().uri(config.getMasterUrl() + "api/v1/namespaces/one").build();
    return http.sendAsync(request, byte[].class);
  }

  @Test
  void opensANewConnectionAfterACallThatGotNoAnswer() {
    api.on(CALL, inTurn(api.silence(), json("{}")));

    assertThatThrownBy(this::call).isInstanceOf(KubernetesClientException.class);

    assertThat(call()).isEqualTo(200);
    assertThat(opened).hasValue(2);
  }

  @Test
  void keepsTheConnectionWhereACallIsRefused() {
    api.on(CALL, inTurn(status(500, "InternalError", "boom"), json("{}")));

    assertThat(call()).isEqualTo(500);
    assertThat(call()).isEqualTo(200);

    assertThat(opened).hasValue(1);
  }

  @Test
  void opensOneConnectionHoweverManyGetNoAnswerAndWaitForThose() throws Exception {
    api.on(CALL, api.silence());
    Callable<Throwable> one = () -> catchThrowable(this::call);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(threads.invokeAll(Collections.nCopies(300, one)))
          .allSatisfy(end -> assertThat(end.get()).hasMessageContaining("no answer"));
    }

    assertThat(opened).hasValue(2);
  }
}
