package dev.meshseal.kubernetes.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.meshseal.testing.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // what waits is seen in `entered`
class PacingTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final FakeClock clock = FakeClock.atNoon();
  private final List<Thread> threads = new ArrayList<>();
  private final List<String> entered = new CopyOnWriteArrayList<>();
  private volatile boolean leaves;

  @AfterEach
  void endWhoStillWaits() {
    threads.forEach(Thread::interrupt);
  }

  @Test
  void letsNoMoreInThanThereArePlaces() throws Exception {
    var pacing = new Pacing(2, clock);
    var first = pacing.enter("a", MINUTE);
    pacing.enter("a", MINUTE);
    wait(pacing, "a");

    assertThat(entered).isEmpty();
    assertThat(pacing.progress().queued()).isEqualTo(1);
    first.close();

    await().until(() -> entered.equals(List.of("a")));
    assertThat(pacing.progress().inFlight()).isEqualTo(2);
  }

  @Test
  void takesTheMeshesInTurnHoweverManyOfOneWait() throws Exception {
    var pacing = new Pacing(1, clock);
    var place = pacing.enter("x", MINUTE);
    for (var mesh : List.of("a", "a", "a", "a", "b", "b", "c")) {
      wait(pacing, mesh);
    }

    leaves = true;
    place.close();
    await().until(() -> entered.size() == 7);

    assertThat(entered).containsExactly("a", "b", "c", "a", "b", "a", "a");
  }

  @Test
  void letsInMoreOfMeshesThatHaveNone() throws Exception {
    var pacing = new Pacing(8, clock);
    var places = new ArrayList<Pacing.Place>();
    for (int i = 0; i < 8; i++) {
      places.add(pacing.enter("hangs", MINUTE));
    }
    wait(pacing, "hangs");

    var other = pacing.enter("works", MINUTE);

    assertThat(entered).isEmpty();
    other.close();
    assertThat(entered).isEmpty();
    places.getFirst().close();
    await().until(() -> entered.equals(List.of("hangs")));
  }

  @Test
  void holdsNoPlaceForWhoWasInterrupted() throws Exception {
    var pacing = new Pacing(1, clock);
    var place = pacing.enter("a", MINUTE);
    var interrupted = wait(pacing, "b");
    wait(pacing, "c");

    interrupted.interrupt();
    await().until(() -> pacing.progress().queued() == 1);
    place.close();

    await().until(() -> entered.equals(List.of("c")));
  }

  @Test
  void givesAPlaceBackOnceHoweverOftenItIsClosed() throws Exception {
    var pacing = new Pacing(1, clock);
    var place = pacing.enter("a", MINUTE);

    place.close();
    place.close();
    pacing.enter("a", MINUTE);
    wait(pacing, "a");

    assertThat(pacing.progress().queued()).isEqualTo(1);
  }

  @Test
  void saysHowFarAHerdIsAndWhenItWillBeDone() throws Exception {
    var pacing = new Pacing(4, clock);
    var places = new ArrayList<Pacing.Place>();
    for (int i = 0; i < 4; i++) {
      places.add(pacing.enter("m" + i, MINUTE));
    }
    for (int i = 0; i < 16; i++) {
      wait(pacing, "a");
    }

    clock.advance(Duration.ofSeconds(2));
    places.getFirst().close();
    places.get(1).close();
    clock.advance(Duration.ofSeconds(2));

    var progress = pacing.progress();
    assertThat(progress.total()).isEqualTo(20);
    assertThat(progress).hasToString("2 of 20 requests ended, 1 a second, done in about 36 s");
  }

  @Test
  void hasFewerUnderWayWhereTheyEndTooSlowlyForTheirTime() throws Exception {
    var pacing = new Pacing(64, clock);
    var places = new ArrayList<Pacing.Place>();
    for (int i = 0; i < 48; i++) {
      places.add(pacing.enter("a", Duration.ofSeconds(10)));
    }
    clock.advance(Duration.ofSeconds(10));
    for (int i = 0; i < 30; i++) {
      places.get(i).close(); // 3 a second: 15 of them end within 5 s
    }

    wait(pacing, "a");
    assertThat(pacing.progress().queued()).isZero(); // has a minute

    wait(pacing, "a", Duration.ofSeconds(10));
    await().until(() -> pacing.progress().queued() == 1);
    for (int i = 30; i < 36; i++) {
      places.get(i).close();
    }
    await().until(() -> pacing.progress().queued() == 0);
  }

  @Test
  void aMeshThatWorksIsNotHeldUpByWhatAnotherHasUnderWay() throws Exception {
    var pacing = new Pacing(64, clock);
    for (int i = 0; i < 64; i++) {
      pacing.enter("hangs", MINUTE);
    }
    wait(pacing, "hangs");

    for (int i = 0; i < 100; i++) {
      clock.advance(Duration.ofMillis(100));
      pacing.enter("works", MINUTE).close();
    }

    assertThat(pacing.progress().inFlight()).isEqualTo(64);
    assertThat(entered).isEmpty();
  }

  @Test
  void beginsToCountAnewWhenNobodyWasUnderWay() throws Exception {
    var pacing = new Pacing(1, clock);
    pacing.enter("a", MINUTE).close();
    pacing.enter("a", MINUTE).close();

    var place = pacing.enter("a", MINUTE);

    assertThat(pacing.progress().done()).isZero();
    place.close();
    assertThat(pacing.progress().done()).isEqualTo(1);
  }

  /** Somebody who waits, and has begun to when this returns. */
  private Thread wait(Pacing pacing, String mesh) {
    return wait(pacing, mesh, MINUTE);
  }

  private Thread wait(Pacing pacing, String mesh, Duration timeout) {
    var before = pacing.progress().queued();
    var waiting = Thread.ofVirtual().start(() -> enter(pacing, mesh, timeout));
    threads.add(waiting);
    await().until(() -> pacing.progress().queued() == before + 1 || !waiting.isAlive());
    return waiting;
  }

  private void enter(Pacing pacing, String mesh, Duration timeout) {
    try {
      var place = pacing.enter(mesh, timeout);
      entered.add(mesh);
      if (leaves) {
        place.close();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
