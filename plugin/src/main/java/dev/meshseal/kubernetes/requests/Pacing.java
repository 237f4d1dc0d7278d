package dev.meshseal.kubernetes.requests;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets a number of requests be under way at once: in turn between meshes, in their order within
 * one. A few more are let in of meshes that have none, so that one whose issuer hangs does not hold
 * up the others. Thread-safe.
 */
final class Pacing {
  private static final Duration RATE_OVER = Duration.ofSeconds(10);
  private static final int ENDS_FOR_A_RATE = 5;
  private static final int FEWEST = 4;

  /** A place among those under way; closing it, once, makes room for the next. */
  interface Place extends AutoCloseable {
    @Override
    void close();
  }

  /** One that waits; equal to itself alone. */
  private static final class Turn {
    private final CompletableFuture<Place> place = new CompletableFuture<>();
    private final Duration timeout;

    private Turn(Duration timeout) {
      this.timeout = timeout;
    }
  }

  private final int kept;
  private final InstantSource clock;

  // Guarded by this. A mesh is in the map while somebody of it waits, first whose turn is next.
  private final Map<String, Deque<Turn>> waiting = new LinkedHashMap<>();
  private final Map<String, Integer> underWay = new HashMap<>();
  private final Deque<Instant> ends = new ArrayDeque<>();
  private boolean stopped;
  private int free;
  private int inFlight;
  private int queued;
  private long done;
  private Instant began = Instant.EPOCH;

  Pacing(int places, InstantSource clock) {
    if (places < 1) {
      throw new IllegalArgumentException("at least one request is under way, got " + places);
    }
    this.kept = places / 4;
    this.free = places + kept;
    this.clock = clock;
  }

  /**
   * Waits for a place.
   *
   * @param timeout how long the request may take: where those before it end slowly, fewer are under
   *     way, so that each is worked off in half of that
   * @throws InterruptedException if interrupted or stopped before there was one; then none is held
   */
  Place enter(String mesh, Duration timeout) throws InterruptedException {
    var turn = new Turn(timeout);
    synchronized (this) {
      if (stopped) {
        throw stops();
      }
      if (queued + inFlight == 0) {
        began = clock.instant();
        done = 0;
        ends.clear();
      }
      waiting.computeIfAbsent(mesh, name -> new ArrayDeque<>()).add(turn);
      queued++;
      grant();
    }
    try {
      return turn.place.get();
    } catch (InterruptedException stopped) {
      leave(mesh, turn);
      throw stopped;
    } catch (ExecutionException | CancellationException ended) {
      throw stops();
    }
  }

  private static InterruptedException stops() {
    return new InterruptedException("no more turns are given");
  }

  /** Sends away who waits, and waits for who is under way; returns whether all have left. */
  synchronized boolean stop(Duration patience) throws InterruptedException {
    stopped = true;
    waiting.values().forEach(line -> line.forEach(turn -> turn.place.cancel(false)));
    waiting.clear();
    queued = 0;
    var end = System.nanoTime() + patience.toNanos();
    for (var rest = patience.toMillis();
        inFlight > 0 && rest > 0;
        rest = Duration.ofNanos(end - System.nanoTime()).toMillis()) {
      wait(rest);
    }
    return inFlight == 0;
  }

  private void leave(String mesh, Turn turn) {
    Optional<Place> held = Optional.empty();
    synchronized (this) {
      var line = waiting.get(mesh);
      if (line != null && line.remove(turn)) {
        queued--;
        if (line.isEmpty()) {
          waiting.remove(mesh);
        }
      } else {
        held = Optional.ofNullable(turn.place.getNow(null));
      }
    }
    held.ifPresent(Place::close);
  }

  // Called with the lock held; completing a turn wakes a thread and runs nothing.
  private void grant() {
    for (var mesh = next(); mesh.isPresent(); mesh = next()) {
      var line = waiting.remove(mesh.get());
      if (line == null) {
        return;
      }
      var turn = line.poll();
      if (!line.isEmpty()) {
        waiting.put(mesh.get(), line); // at the end: the others are before it now
      }
      if (turn != null) {
        queued--;
        free--;
        inFlight++;
        underWay.merge(mesh.get(), 1, Integer::sum);
        turn.place.complete(place(mesh.get()));
      }
    }
  }

  private Optional<String> next() {
    if (free == 0) {
      return Optional.empty();
    }
    return waiting.entrySet().stream()
        .filter(line -> free > kept || !underWay.containsKey(line.getKey()))
        .filter(line -> inFlight < mostFor(line.getValue().getFirst()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  // By Little's law: so many that end in half of the time there is, at the rate of late.
  private double mostFor(Turn turn) {
    forgetOldEnds();
    return ends.size() < ENDS_FOR_A_RATE
        ? Double.MAX_VALUE
        : Math.max(FEWEST, perSecond() * turn.timeout.toMillis() / 2_000);
  }

  private double perSecond() {
    var over = Duration.between(began, clock.instant());
    var counted = over.compareTo(RATE_OVER) < 0 ? over : RATE_OVER;
    return ends.size() / Math.max(1, counted.toMillis() / 1e3);
  }

  private Place place(String mesh) {
    var open = new AtomicBoolean(true);
    return () -> {
      if (open.compareAndSet(true, false)) {
        left(mesh);
      }
    };
  }

  private synchronized void left(String mesh) {
    free++;
    inFlight--;
    done++;
    ends.add(clock.instant());
    forgetOldEnds();
    underWay.merge(mesh, -1, (one, other) -> one + other == 0 ? null : one + other);
    grant();
    notifyAll();
  }

  synchronized Progress progress() {
    forgetOldEnds();
    return new Progress(queued, inFlight, done, perSecond());
  }

  private void forgetOldEnds() {
    var oldest = clock.instant().minus(RATE_OVER);
    while (!ends.isEmpty() && ends.getFirst().isBefore(oldest)) {
      ends.removeFirst();
    }
  }
}
