package dev.meshseal.kubernetes.pods;

import static dev.meshseal.kubernetes.pods.Objects.inPhase;
import static dev.meshseal.kubernetes.pods.Objects.namespace;
import static dev.meshseal.kubernetes.pods.Objects.pod;
import static dev.meshseal.kubernetes.pods.Objects.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.kubernetes.ApiException;
import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.testing.FakeClock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class PodsTest {
  private static final String WEB = "\"app\": \"web\"";
  private static final DataplaneId ID = new DataplaneId("default", "web-1.shop");
  private static final String SELECTS_WEB =
      "\"selector\": {\"app\": \"web\"}, \"ports\": [{\"port\": 80}]";

  private final Map<PodName, JsonNode> server = new HashMap<>();
  private final List<String> read = new ArrayList<>();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private boolean away;
  private final Pods pods = new Pods(this::read);

  private Optional<JsonNode> read(PodName name) {
    if (away) {
      throw new ApiException(
          new ApiFailure(ApiFailure.Kind.UNREACHABLE, "the API server is away", Optional.empty()),
          new IllegalStateException());
    }
    synchronized (read) {
      read.add(name.toString());
    }
    return Optional.ofNullable(server.get(name));
  }

  @BeforeEach
  void listen() {
    pods.listen(
        new Pods.Listener() {
          @Override
          public void changed(DataplaneId dataplane) {
            told.add("changed " + dataplane);
          }

          @Override
          public void lost() {
            told.add("lost");
          }
        });
  }

  @Test
  void aPodIsReadWhenItConnectsFirstAndNotAgain() {
    put(pod("web-1", "u-1", WEB, 5));

    assertThat(connect("u-1")).isInstanceOf(Standing.There.class);
    assertThat(connect("u-1")).isInstanceOf(Standing.There.class);

    assertThat(read).containsExactly("shop/web-1");
    assertThat(pods.find(ID)).map(Dataplane::id).contains(ID);
    assertThat(told).isEmpty();
  }

  @Test
  void ofPodsThatHaveNotConnectedNothingIsKept() {
    for (var i = 0; i < 10_000; i++) {
      pods.pods().changed(pod("web-" + i, "u-" + i, WEB, i));
    }

    assertThat(pods.size()).isZero();
    assertThat(pods.find(ID)).isEmpty();
  }

  @Test
  void aPodThatIsNotThereOrIsAnotherOneIsGoneAndNotKept() {
    assertThat(connect("u-1")).isInstanceOf(Standing.Gone.class);
    assertThat(pods.size()).isZero();

    put(pod("web-1", "u-2", WEB, 5));

    assertThat(connect("u-1"))
        .isEqualTo(new Standing.Gone("pod 'shop/web-1', of which the token is, was deleted"));
  }

  @Test
  void aPodThatHasEndedMayNotConnect() {
    put(inPhase("Succeeded", pod("web-1", "u-1", WEB, 5)));

    assertThat(connect("u-1"))
        .isEqualTo(new Standing.Gone("pod 'shop/web-1' has ended (Succeeded)"));
  }

  @Test
  void aTokenOfAnotherAccountIsRefused() {
    put(pod("web-1", "u-1", WEB, 5));

    assertThat(pods.standing(new Review.Good("shop", "other", "web-1", "u-1", FakeClock.NOON)))
        .isEqualTo(
            new Standing.Gone(
                "the token is of service account 'other', but pod 'shop/web-1' runs as 'web'"));
  }

  @Test
  void whereTheApiServerIsAwayANewPodIsUnknownAndAKnownOneIsThere() {
    put(pod("web-1", "u-1", WEB, 5));
    connect("u-1");
    away = true;

    assertThat(connect("u-1")).isInstanceOf(Standing.There.class);
    assertThat(connect("web-2", "u-2")).isEqualTo(new Standing.Unknown("the API server is away"));
    assertThat(pods.lost(ID, "u-1")).isEmpty();
    assertThat(pods.size()).isEqualTo(1);
  }

  @Test
  void aPodThatIsBeingDeletedStaysUntilItIsGone() {
    put(pod("web-1", "u-1", WEB, 5));
    connect("u-1");

    pods.pods().changed(pod("web-1", "u-1", WEB, 6));
    assertThat(pods.lost(ID, "u-1")).isEmpty();

    pods.pods().removed(pod("web-1", "u-1", WEB, 7));

    assertThat(pods.lost(ID, "u-1"))
        .contains("pod 'shop/web-1', of which the token is, was deleted");
    assertThat(told).containsExactly("lost");
    assertThat(pods.size()).isZero();
  }

  @Test
  void aPodThatHasEndedLosesItsStreams() {
    put(pod("web-1", "u-1", WEB, 5));
    connect("u-1");

    pods.pods().changed(inPhase("Failed", pod("web-1", "u-1", WEB, 6)));

    assertThat(pods.lost(ID, "u-1")).contains("pod 'shop/web-1' has ended (Failed)");
    assertThat(told).containsExactly("lost");
  }

  @Test
  void aPodThatTakesTheNameOfAnotherTakesNotItsPlace() {
    put(pod("web-1", "u-1", WEB, 5));
    connect("u-1");

    pods.pods().changed(pod("web-1", "u-2", WEB, 9));

    assertThat(pods.lost(ID, "u-1")).isPresent();
    assertThat(pods.lost(ID, "u-2")).isEmpty();
    assertThat(told).containsExactly("lost");
  }

  @Test
  void whatIsHeardLateChangesNothing() {
    put(pod("web-1", "u-1", WEB + ", \"kuma.io/zone\": \"new\"", 5));
    connect("u-1");

    pods.pods().changed(pod("web-1", "u-1", WEB + ", \"kuma.io/zone\": \"old\"", 4));

    assertThat(told).isEmpty();
    assertThat(tags().get("kuma.io/zone")).containsExactly("new");
  }

  @Test
  void aPodThatWasDeletedWhileItWasReadIsNotKept() {
    var seen = pod("web-1", "u-1", WEB, 5);
    var racing = new ArrayList<Pods>();
    racing.add(
        new Pods(
            name -> {
              racing.getFirst().pods().removed(pod("web-1", "u-1", WEB, 6));
              return Optional.of(seen);
            }));

    assertThat(racing.getFirst().standing(token("web-1", "u-1"))).isInstanceOf(Standing.Gone.class);
    assertThat(racing.getFirst().size()).isZero();
  }

  @Test
  void whoCannotReadAPodDoesNotTakeItFromWhoCan() throws Exception {
    var first = new CountDownLatch(1);
    var calls = new AtomicInteger();
    var both =
        new Pods(
            name -> {
              if (calls.getAndIncrement() > 0) {
                throw new ApiException(
                    new ApiFailure(ApiFailure.Kind.UNREACHABLE, "is away", Optional.empty()),
                    new IllegalStateException());
              }
              awaitQuietly(first);
              return Optional.of(pod("web-1", "u-1", WEB, 5));
            });
    try (var streams = Executors.newVirtualThreadPerTaskExecutor()) {
      var slow = streams.submit(() -> both.standing(token("web-1", "u-1")));
      await().until(() -> calls.get() == 1);
      assertThat(both.standing(token("web-1", "u-1"))).isEqualTo(new Standing.Unknown("is away"));
      first.countDown();

      assertThat(slow.get()).isInstanceOf(Standing.There.class);
      assertThat(both.find(ID)).isPresent();
      assertThat(both.lost(ID, "u-1")).isEmpty();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aLabelThatChangesWhileThePodIsReadIsNotMissed() {
    var old = pod("web-1", "u-1", WEB, 5);
    var racing = new ArrayList<Pods>();
    racing.add(
        new Pods(
            name -> {
              racing
                  .getFirst()
                  .pods()
                  .changed(pod("web-1", "u-1", WEB + ", \"kuma.io/zone\": \"new\"", 6));
              return Optional.of(old);
            }));

    assertThat(racing.getFirst().standing(token("web-1", "u-1")))
        .isInstanceOfSatisfying(
            Standing.There.class,
            there -> assertThat(there.dataplane().tags().values()).containsKey("kuma.io/zone"));
  }

  @Test
  void aChangedLabelIsToldAndOneOfNoConcernIsNot() {
    put(pod("web-1", "u-1", WEB, 5));
    connect("u-1");

    pods.pods().changed(pod("web-1", "u-1", WEB + ", \"color\": \"red\"", 6));
    assertThat(told).isEmpty();
    pods.pods().changed(pod("web-1", "u-1", WEB + ", \"kuma.io/zone\": \"east\"", 7));

    assertThat(told).containsExactly("changed default/web-1.shop");
  }

  @Test
  void aServiceThatComesChangesOrGoesIsTold() {
    put(pod("web-1", "u-1", WEB, 5));
    connect("u-1");

    pods.services().changed(service("web", SELECTS_WEB));
    assertThat(tags().get("kuma.io/service")).containsExactly("web_shop_svc_80");
    pods.services().changed(service("web", SELECTS_WEB.replace("80", "81")));
    assertThat(tags().get("kuma.io/service")).containsExactly("web_shop_svc_81");
    pods.services().changed(service("web", "\"ports\": [{\"port\": 80}]"));
    assertThat(tags()).isEmpty();
    pods.services().changed(service("web", SELECTS_WEB));
    pods.services().removed(service("web", SELECTS_WEB));

    assertThat(tags()).isEmpty();
    assertThat(told).hasSize(5).containsOnly("changed default/web-1.shop");
  }

  @Test
  void aServiceThatIsMissingFromANewListIsGone() {
    put(pod("web-1", "u-1", WEB, 5));
    list(pods, service("web", SELECTS_WEB));
    connect("u-1");

    list(pods);

    assertThat(tags()).isEmpty();
    assertThat(told).containsExactly("changed default/web-1.shop");
  }

  private static void list(Pods pods, JsonNode... services) {
    pods.services().listing();
    List.of(services).forEach(pods.services()::found);
    pods.services().listed();
  }

  @Test
  void whoseMeshChangesLosesItsStreamsAndMayComeAgain() {
    put(pod("web-1", "u-1", WEB, 5));
    connect("u-1");

    pods.namespaces().changed(namespace("shop", "\"kuma.io/mesh\": \"red\""));

    assertThat(told).containsExactly("lost");
    assertThat(pods.lost(ID, "u-1"))
        .contains("pod 'shop/web-1' is no longer in mesh 'default'; start it anew");
    assertThat(pods.find(ID)).isEmpty();
    assertThat(connect("u-1"))
        .isInstanceOfSatisfying(
            Standing.There.class,
            there -> assertThat(there.dataplane().id().mesh()).isEqualTo("red"));
  }

  @Test
  void aNamespaceThatChangesOtherwiseIsNotTold() {
    put(pod("web-1", "u-1", WEB, 5));
    connect("u-1");

    pods.namespaces().changed(namespace("shop", "\"team\": \"a\""));
    pods.namespaces().changed(namespace("bank", "\"kuma.io/mesh\": \"red\""));

    assertThat(told).isEmpty();
  }

  @Test
  void afterAGapOnlyThePodsThatAreKeptAreReadAgain() {
    for (var name : List.of("web-1", "web-2", "web-3", "web-4")) {
      put(pod(name, "u-" + name, WEB, 5));
    }
    connect("web-1", "u-web-1");
    connect("web-2", "u-web-2");
    connect("web-3", "u-web-3");
    read.clear();
    server.remove(new PodName("shop", "web-1"));
    put(pod("web-2", "u-web-2", WEB + ", \"kuma.io/zone\": \"east\"", 8));

    pods.pods().listing();
    pods.pods().listed();

    assertThat(read).containsExactlyInAnyOrder("shop/web-1", "shop/web-2", "shop/web-3");
    assertThat(told).containsExactlyInAnyOrder("lost", "changed default/web-2.shop");
    assertThat(pods.lost(ID, "u-web-1")).isPresent();
  }

  @Test
  void whatCouldNotBeReadAgainStaysAndIsReadLater() {
    put(pod("web-1", "u-1", WEB, 5));
    connect("u-1");
    away = true;

    assertThatThrownBy(() -> pods.pods().listed()).isInstanceOf(ApiException.class);

    assertThat(pods.lost(ID, "u-1")).isEmpty();
    assertThat(told).isEmpty();
  }

  private void put(JsonNode pod) {
    server.put(PodName.of(pod), pod);
  }

  private Standing connect(String uid) {
    return connect("web-1", uid);
  }

  private Standing connect(String name, String uid) {
    return pods.standing(token(name, uid));
  }

  private static Review.Good token(String name, String uid) {
    return new Review.Good("shop", "web", name, uid, FakeClock.NOON);
  }

  private Map<String, SortedSet<String>> tags() {
    return pods.find(ID).orElseThrow().tags().values();
  }
}
