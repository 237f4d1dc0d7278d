package dev.meshseal.issuance;

import static dev.meshseal.testing.FakeTime.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WallTimerTest {
  private static final InstantSource STOPPED = InstantSource.fixed(NOON);

  @Test
  void runsWhatIsDueInItsOrder() throws InterruptedException {
    var ran = new CopyOnWriteArrayList<String>();
    var done = new CountDownLatch(2);
    var open = new CountDownLatch(1);
    try (var timer = new WallTimer(STOPPED)) {
      timer.at(NOON.minusSeconds(3), () -> awaitQuietly(open));

      timer.at(NOON.minusSeconds(1), () -> add(ran, "later", done));
      timer.at(NOON.minusSeconds(2), () -> add(ran, "sooner", done));
      open.countDown();

      assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(ran).containsExactly("sooner", "later");
    }
  }

  @Test
  void doesNotRunWhatWasCancelled() throws InterruptedException {
    var ran = new CopyOnWriteArrayList<String>();
    var done = new CountDownLatch(1);
    var open = new CountDownLatch(1);
    try (var timer = new WallTimer(STOPPED)) {
      timer.at(NOON.minusSeconds(3), () -> awaitQuietly(open));
      var cancelled = timer.at(NOON.minusSeconds(2), () -> ran.add("cancelled"));
      timer.at(NOON.minusSeconds(1), () -> add(ran, "other", done));

      cancelled.cancel();
      open.countDown();

      assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(ran).containsExactly("other");
    }
  }

  @Test
  void goesOnAfterATaskThatFails() throws InterruptedException {
    var done = new CountDownLatch(1);
    try (var timer = new WallTimer(STOPPED)) {
      timer.at(
          NOON.minusSeconds(2),
          () -> {
            throw new IllegalStateException("a bug");
          });

      timer.at(NOON.minusSeconds(1), done::countDown);

      assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void waitsForTheClockToArrive() throws InterruptedException {
    var done = new CountDownLatch(1);
    try (var timer = new WallTimer(InstantSource.system())) {
      var due = Instant.now().plusMillis(30);

      timer.at(due, done::countDown);

      assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(Instant.now()).isAfterOrEqualTo(due);
    }
  }

  private static void add(List<String> ran, String what, CountDownLatch done) {
    ran.add(what);
    done.countDown();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
