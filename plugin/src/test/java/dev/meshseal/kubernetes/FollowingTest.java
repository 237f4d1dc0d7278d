package dev.meshseal.kubernetes;

import static dev.meshseal.testing.FakeApiServer.half;
import static dev.meshseal.testing.FakeApiServer.json;
import static dev.meshseal.testing.FakeApiServer.status;
import static dev.meshseal.testing.FakeApiServer.watch;
import static dev.meshseal.testing.FakeApiServer.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.testing.FakeApiServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class FollowingTest {
  private static final String LIST = "GET /apis/x.io/v1/things?limit";
  private static final String WATCH = "GET /apis/x.io/v1/things?watch";
  private static final String ONE =
      """
      {"kind": "ThingList", "metadata": {"resourceVersion": "7"},
       "items": [{"metadata": {"name": "a", "resourceVersion": "5"}}]}
      """;
  private static final Duration LONGEST_WAIT = Duration.ofMillis(40);

  /** What is not about time must not end because a machine is busy. */
  private static final Pace PACE =
      new Pace(Duration.ofMillis(5), LONGEST_WAIT, Duration.ofSeconds(20), Duration.ofMinutes(5));

  private static final Pace IMPATIENT =
      new Pace(Duration.ofMillis(5), LONGEST_WAIT, Duration.ofMillis(400), Duration.ofSeconds(1));

  @TempDir Path folder;

  private final FakeApiServer api = FakeApiServer.start();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<ApiFailure> failures = new CopyOnWriteArrayList<>();
  private final AtomicInteger recoveries = new AtomicInteger();
  private Cluster cluster;
  private Following following;

  @BeforeEach
  void open() {
    cluster = Cluster.open(Optional.of(api.kubeconfig(folder)), Optional.empty());
    following = following(PACE);
    api.on(LIST, json(ONE));
    api.on(WATCH, api.openWatch());
  }

  @AfterEach
  void close() {
    following.close();
    api.close();
    cluster.close();
  }

  private Following following(Pace pace) {
    return new Following(
        cluster,
        Following.Target.of(ApiPath.of("x.io", "v1", "things")),
        new Heard(),
        pace,
        new Random(1));
  }

  private final class Heard implements Follower {
    @Override
    public void listing() {
      heard.add("listing");
    }

    @Override
    public void found(JsonNode object) {
      heard.add("found " + name(object));
    }

    @Override
    public void listed() {
      heard.add("listed");
    }

    @Override
    public void changed(JsonNode object) {
      heard.add("changed " + name(object));
    }

    @Override
    public void removed(JsonNode object) {
      heard.add("removed " + name(object));
    }

    @Override
    public void failed(ApiFailure failure) {
      failures.add(failure);
    }

    @Override
    public void recovered() {
      recoveries.incrementAndGet();
    }

    private static String name(JsonNode object) {
      return object.path("metadata").path("name").asString();
    }
  }

  private static String event(String type, String name, int version) {
    return """
    {"type": "%s", "object": {"metadata": {"name": "%s", "resourceVersion": "%d"}}}\
    """
        .formatted(type, name, version);
  }

  private void awaitHeard(String... all) {
    await().untilAsserted(() -> assertThat(heard).containsExactly(all));
  }

  private void awaitFailure(ApiFailure.Kind kind) {
    await().until(() -> failures.stream().anyMatch(failure -> failure.kind() == kind));
  }

  @Test
  void tellsWhatThereIsThenWhatBecomesOfIt() {
    api.on(
        WATCH,
        api.openWatch(
            event("ADDED", "b", 8), event("MODIFIED", "a", 9), event("DELETED", "b", 10)));

    following.start();

    awaitHeard("listing", "found a", "listed", "changed b", "changed a", "removed b");
    assertThat(api.calls()).last().asString().contains("&resourceVersion=7");
    assertThat(following.trouble()).isEmpty();
  }

  /** The API server repeats values as names of fields, in {@code metadata.managedFields}. */
  @Test
  void readsObjectsWithVeryLongNamesOfFieldsAndVeryDeepOnes() {
    var name = "x".repeat(100_000);
    var deep = "[".repeat(2_000) + "]".repeat(2_000);
    api.on(
        WATCH,
        api.openWatch(
            """
            {"type": "ADDED", "object": {"metadata": {"name": "b", "resourceVersion": "8",
             "managedFields": [{"%s": {}}]}, "spec": %s}}\
            """
                .formatted(name, deep)
                .replace("\n", " "),
            event("ADDED", "c", 9)));

    following.start();

    awaitHeard("listing", "found a", "listed", "changed b", "changed c");
    assertThat(failures).isEmpty();
  }

  @Test
  void saysWhenItCanFollowAgain() {
    api.on(LIST, status(500, "InternalError", "boom"));
    following.start();
    awaitFailure(ApiFailure.Kind.UNAVAILABLE);

    api.on(LIST, json(ONE));

    await().until(() -> recoveries.get() == 1);
  }

  @Test
  void listsInPages() {
    api.on(
        LIST,
        json(
            """
            {"metadata": {"continue": "a/b="}, "items": [{"metadata": {"name": "a"}}]}
            """));
    api.on(
        "GET /apis/x.io/v1/things?limit=500&continue=a%2Fb%3D",
        json(
            """
            {"metadata": {"resourceVersion": "9"}, "items": [{"metadata": {"name": "b"}}]}
            """));

    following.start();

    awaitHeard("listing", "found a", "found b", "listed");
  }

  @Test
  void watchesOnFromTheLastEventWhenAWatchEnds() {
    var watches = new AtomicInteger();
    api.on(
        WATCH,
        call -> {
          if (watches.incrementAndGet() == 1) {
            watch(event("ADDED", "b", 8), event("BOOKMARK", "", 12)).to(call);
          } else {
            api.openWatch(event("ADDED", "c", 13)).to(call);
          }
        });

    following.start();

    awaitHeard("listing", "found a", "listed", "changed b", "changed c");
    assertThat(api.calls()).last().asString().contains("&resourceVersion=12");
    assertThat(api.calls(LIST)).isEqualTo(1);
  }

  @Test
  void listsAgainWhenTheWatchSaysThatItsPlaceIsGone() {
    var watches = new AtomicInteger();
    api.on(
        WATCH,
        call -> {
          if (watches.incrementAndGet() == 1) {
            watch(
                    """
                    {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}}\
                    """)
                .to(call);
          } else {
            api.openWatch().to(call);
          }
        });

    following.start();

    awaitHeard("listing", "found a", "listed", "listing", "found a", "listed");
    assertThat(failures).isEmpty();
  }

  @Test
  void listsAgainWhenTheWatchIsRefusedAsTooOld() {
    var watches = new AtomicInteger();
    api.on(
        WATCH,
        call -> {
          if (watches.incrementAndGet() == 1) {
            status(410, "Expired", "too old").to(call);
          } else {
            api.openWatch().to(call);
          }
        });

    following.start();

    awaitHeard("listing", "found a", "listed", "listing", "found a", "listed");
  }

  @Test
  void watchesOnWithoutAListWhenTheConnectionBreaks() {
    var watches = new AtomicInteger();
    api.on(
        WATCH,
        call -> {
          if (watches.incrementAndGet() == 1) {
            half("{\"type\": \"ADDED\", \"obj").to(call);
          } else {
            api.openWatch(event("ADDED", "b", 8)).to(call);
          }
        });

    following.start();

    awaitHeard("listing", "found a", "listed", "changed b");
    assertThat(api.calls(LIST)).isEqualTo(1);
    assertThat(failures)
        .singleElement()
        .extracting(ApiFailure::kind)
        .isEqualTo(ApiFailure.Kind.UNREACHABLE);
  }

  @Test
  void givesUpAWatchThatIsSilentForLongerThanItWasToLast() {
    following = following(IMPATIENT);
    following.start();

    // asked to end after a second, and given the time of an answer more
    await().atMost(Duration.ofSeconds(20)).until(() -> api.calls(WATCH) >= 2);
    assertThat(heard).contains("listed");
  }

  @Test
  void triesAgainWhereNobodyAnswers() {
    api.on(LIST, api.silence());
    following = following(IMPATIENT);

    following.start();

    awaitFailure(ApiFailure.Kind.UNREACHABLE);
    assertThat(following.isListed()).isFalse();
    assertThat(following.trouble().orElseThrow().message())
        .startsWith("the API server did not answer to list things.x.io: ");
    api.on(LIST, json(ONE));
    await().until(following::isListed);
    await().until(() -> following.trouble().isEmpty());
  }

  @Test
  void startsTheListAnewWhenItsAnswerBreaksOff() {
    api.on(LIST, half(ONE));

    following.start();

    awaitFailure(ApiFailure.Kind.UNREACHABLE);
    api.on(LIST, json(ONE));
    await().until(following::isListed);
    assertThat(heard).endsWith("listing", "found a", "listed");
    assertThat(heard.stream().filter("listed"::equals)).hasSize(1);
  }

  @Test
  void waitsAsLongAsTheApiServerAsks() {
    var lists = new AtomicInteger();
    var times = new CopyOnWriteArrayList<Long>();
    api.on(
        LIST,
        call -> {
          times.add(System.nanoTime());
          if (lists.incrementAndGet() == 1) {
            call.getResponseHeaders().set("Retry-After", "1");
            status(429, "TooManyRequests", "too many").to(call);
          } else {
            json(ONE).to(call);
          }
        });

    following.start();

    await().until(following::isListed);
    assertThat(Duration.ofNanos(times.get(1) - times.get(0)))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    assertThat(failures)
        .singleElement()
        .extracting(ApiFailure::kind)
        .isEqualTo(ApiFailure.Kind.THROTTLED);
  }

  @Test
  void namesTheRightThatIsMissing() {
    api.on(
        WATCH,
        status(403, "Forbidden", "things.x.io is forbidden: User \"u\" cannot watch resource"));

    following.start();

    awaitFailure(ApiFailure.Kind.FORBIDDEN);
    assertThat(failures.getFirst().message())
        .contains("grant verb 'watch' on 'things' of API group 'x.io' by a ClusterRole");
    assertThat(api.calls(LIST)).isEqualTo(1);
    assertThat(following.isListed()).isTrue();
  }

  @Test
  void keepsAskingForAKindThatDoesNotExistYet() {
    api.on(LIST, with(404, "404 page not found"));

    following.start();

    awaitFailure(ApiFailure.Kind.NO_SUCH_RESOURCE);
    api.on(LIST, json(ONE));
    await().until(following::isListed);
  }

  @Test
  void survivesAnswersThatAreNotOfAnApiServer() {
    api.on(LIST, with(200, "<html>"));
    following.start();
    awaitFailure(ApiFailure.Kind.UNREACHABLE);

    api.on(LIST, with(503, "<html>busy"));
    awaitFailure(ApiFailure.Kind.UNAVAILABLE);

    api.on(LIST, json(ONE));
    var watches = new AtomicInteger();
    api.on(
        WATCH,
        call -> {
          switch (watches.incrementAndGet()) {
            case 1 -> watch("<html>").to(call);
            case 2 -> watch("{\"type\": \"NEWS\"}").to(call);
            case 3 -> watch().to(call);
            default -> api.openWatch(event("ADDED", "b", 8)).to(call);
          }
        });
    await().until(() -> heard.contains("changed b"));
  }

  @Test
  void asksForAllAgainAfterItsFollowerFailed() {
    var times = new AtomicInteger();
    following.close();
    following =
        new Following(
            cluster,
            Following.Target.of(ApiPath.of("x.io", "v1", "things")),
            new Follower() {
              @Override
              public void listing() {}

              @Override
              public void found(JsonNode object) {}

              @Override
              public void listed() {
                heard.add("listed");
              }

              @Override
              public void changed(JsonNode object) {
                if (times.incrementAndGet() == 1) {
                  throw new IllegalStateException("a bug");
                }
                heard.add("changed");
              }

              @Override
              public void removed(JsonNode object) {}
            },
            PACE,
            new Random(1));
    api.on(WATCH, api.openWatch(event("ADDED", "b", 8)));

    following.start();

    awaitHeard("listed", "listed", "changed");
  }

  @Test
  void doesNotAskWithoutPauseWhenWatchesEndAtOnce() {
    api.on(WATCH, watch());

    following.start();

    // each wait is at least half of the longest, once that has been reached
    await().until(() -> api.calls(WATCH) > 5);
    var before = api.calls(WATCH);
    var begun = System.nanoTime();
    await().until(() -> api.calls(WATCH) > before + 10);
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isGreaterThan(LONGEST_WAIT.dividedBy(2).multipliedBy(8));
  }
}
