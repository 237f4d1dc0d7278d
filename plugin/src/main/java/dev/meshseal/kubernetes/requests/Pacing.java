package dev.meshseal.kubernetes.requests;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
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

  /** The requests of one mesh. */
  private static final class Line {
    private final Deque<Turn> waiting = new ArrayDeque<>();
    private final Deque<Instant> ends = new ArrayDeque<>();
    private final Instant began;
    private int underWay;

    private Line(Instant began) {
      this.began = began;
    }
  }

  private final int kept;
  private final InstantSource clock;

  // Guarded by this. A mesh is in the map while it has requests, first whose turn is next.
  private final SequencedMap<String, Line> lines = new LinkedHashMap<>();
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
   * @param timeout how long the request may take: where those of its mesh end slowly, fewer of them
   *     are under way, so that each is worked off in half of that
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
      lines.computeIfAbsent(mesh, name -> new Line(clock.instant())).waiting.add(turn);
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
    for (var line : lines.values()) {
      line.waiting.forEach(turn -> turn.place.cancel(false));
      line.waiting.clear();
    }
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
      var line = lines.get(mesh);
      if (line != null && line.waiting.remove(turn)) {
        queued--;
        forgetIfIdle(mesh, line);
      } else {
        held = Optional.ofNullable(turn.place.getNow(null));
      }
    }
    held.ifPresent(Place::close);
  }

  private void forgetIfIdle(String mesh, Line line) {
    if (line.waiting.isEmpty() && line.underWay == 0) {
      lines.remove(mesh);
    }
  }

  // Called with the lock held; completing a turn wakes a thread and runs nothing.
  private void grant() {
    for (var next = next(); next.isPresent(); next = next()) {
      var mesh = next.get().getKey();
      var line = next.get().getValue();
      var turn = line.waiting.remove();
      lines.putLast(mesh, line); // the others are before it now
      queued--;
      free--;
      inFlight++;
      line.underWay++;
      turn.place.complete(place(mesh));
    }
  }

  private Optional<Map.Entry<String, Line>> next() {
    return free == 0
        ? Optional.empty()
        : lines.entrySet().stream()
            .filter(one -> !one.getValue().waiting.isEmpty())
            .filter(one -> one.getValue().underWay == 0 || mayHaveMore(one.getValue()))
            .findFirst();
  }

  // By Little's law: so many that end in half of the time there is, at the mesh's rate of late.
  // What other meshes have under way says nothing: their issuers may be others, and hang.
  private boolean mayHaveMore(Line line) {
    if (free <= kept) {
      return false;
    }
    forgetOld(line.ends);
    return line.ends.size() < ENDS_FOR_A_RATE
        || line.underWay
            < Math.max(
                FEWEST,
                perSecond(line.ends, line.began)
                    * line.waiting.getFirst().timeout.toMillis()
                    / 2_000);
  }

  private double perSecond(Deque<Instant> ends, Instant began) {
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
    ended(ends);
    var line = lines.get(mesh);
    if (line != null) {
      line.underWay--;
      ended(line.ends);
      forgetIfIdle(mesh, line);
    }
    grant();
    notifyAll();
  }

  synchronized Progress progress() {
    forgetOld(ends);
    return new Progress(queued, inFlight, done, perSecond(ends, began));
  }

  private void ended(Deque<Instant> ends) {
    ends.add(clock.instant());
    forgetOld(ends);
  }

  private void forgetOld(Deque<Instant> ends) {
    var oldest = clock.instant().minus(RATE_OVER);
    while (!ends.isEmpty() && ends.getFirst().isBefore(oldest)) {
      ends.removeFirst();
    }
  }
}
