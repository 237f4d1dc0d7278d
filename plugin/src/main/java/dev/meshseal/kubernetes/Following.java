package dev.meshseal.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Follows the objects of one kind: lists them, then watches from where the list ended; lists again
 * only where the API server no longer knows that place. Whatever fails is tried again, for ever, at
 * a growing distance, and said once. Holds no object. It has one virtual thread, on which the
 * follower is called.
 */
public final class Following implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Following.class);

  /** A watch that ended sooner, and without an event, is a sign that something is wrong. */
  private static final Duration SHORT_WATCH = Duration.ofSeconds(1);

  /** With what it begins. */
  public enum Start {
    /** With everything there is. */
    ALL,
    /** With nothing: a list of one object says which version there is now. */
    NOW
  }

  /**
   * Which objects.
   *
   * @param form how much of each
   * @param start where it begins
   */
  public record Target(ApiPath path, Selection selection, ObjectForm form, Start start) {
    public static Target of(ApiPath path) {
      return new Target(path, Selection.ALL, ObjectForm.WHOLE, Start.ALL);
    }

    /** Nothing is listed: only what changes from now on is heard of. */
    public Target fromNow() {
      return new Target(path, selection, form, Start.NOW);
    }

    public Target selecting(Selection selection) {
      return new Target(path, selection, form, start);
    }

    public Target metadataOnly() {
      return new Target(path, selection, ObjectForm.METADATA, start);
    }
  }

  private final JsonApi api;
  private final Target target;
  private final Follower follower;
  private final Pace pace;
  private final RandomGenerator random;
  private final JsonMapper mapper = ApiJson.MAPPER;
  private final Thread thread;

  private volatile boolean listed;

  // Written with the lock held, for those who wait; read without it.
  private volatile Optional<ApiFailure> trouble = Optional.empty();
  private volatile boolean watched;
  private volatile boolean closed;

  // Only ever touched by the thread.
  private String version = "";
  private int failures;
  private boolean refused;

  public Following(Cluster cluster, Target target, Follower follower, RandomGenerator random) {
    this(cluster, target, follower, Pace.DEFAULT, random);
  }

  public Following(
      Cluster cluster, Target target, Follower follower, Pace pace, RandomGenerator random) {
    this.api = new JsonApi(cluster, pace.answer());
    this.target = target;
    this.follower = follower;
    this.pace = pace;
    this.random = random;
    this.thread =
        Thread.ofVirtual().name("follow-" + target.path().resource()).unstarted(this::run);
  }

  /** Begins, once. */
  public void start() {
    thread.start();
  }

  /** Whether all there is has been listed at least once. */
  public boolean isListed() {
    return listed;
  }

  /**
   * Waits until a watch has run once, or could not.
   *
   * @return why none has run; empty once one has, whatever has become of the API server since
   */
  public synchronized Optional<ApiFailure> awaitWatch() throws InterruptedException {
    var end = System.nanoTime() + pace.answer().toNanos();
    for (var rest = pace.answer().toMillis();
        !watched && !closed && trouble.isEmpty() && rest > 0;
        rest = Duration.ofNanos(end - System.nanoTime()).toMillis()) {
      wait(rest);
    }
    return watched ? Optional.empty() : Optional.of(trouble.orElseGet(this::notYet));
  }

  private ApiFailure notYet() {
    return closed
        ? new ApiFailure(ApiFailure.Kind.UNAVAILABLE, "the server stops", Optional.empty())
        : new ApiFailure(
            ApiFailure.Kind.UNREACHABLE,
            "the API server did not answer to %s within %d s"
                .formatted(target.path().call("watch"), pace.answer().toSeconds()),
            Optional.empty());
  }

  /** Why it cannot be followed just now. */
  public Optional<ApiFailure> trouble() {
    return trouble;
  }

  /** Ends it; waits for a follower that is being called. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!Thread.interrupted()) {
        listAndWatch();
      }
    } catch (InterruptedException closed) {
      LOG.debug("no longer following {}", target.path());
    }
  }

  private void listAndWatch() throws InterruptedException {
    while (!tried(this::list)) {
      // it has waited already
    }
    while (tried(this::watch) || !version.isEmpty()) {
      // from where the one before it ended
    }
  }

  private interface Attempt {
    void run() throws InterruptedException;
  }

  private boolean tried(Attempt attempt) throws InterruptedException {
    try {
      attempt.run();
      return true;
    } catch (ApiException failure) {
      failed(failure.failure());
    } catch (RuntimeException bug) {
      // What became of the follower is not known: it must hear of everything again.
      LOG.error("following {} failed", target.path().resource(), bug);
      version = "";
      pause();
    }
    return false;
  }

  // ---- the list

  private void list() {
    follower.listing();
    version =
        switch (target.start()) {
          case ALL -> api.list(target.path(), target.selection(), target.form(), follower::found);
          case NOW -> api.version(target.path(), target.selection(), target.form());
        };
    follower.listed();
    listed = true;
    recovered();
  }

  // ---- the watch

  private void watch() throws InterruptedException {
    var life = pace.watch().multipliedBy(2 + random.nextInt(3)).dividedBy(4);
    var seconds = Math.max(life.toSeconds(), 1);
    var call = target.path().call("watch");
    var began = System.nanoTime();
    var before = version;
    try (var stream =
        api.watch(
            call,
            watching(seconds),
            target.form().watch(),
            Duration.ofSeconds(seconds).plus(pace.answer()))) {
      watching();
      recovered();
      for (var line = stream.line(); line.isPresent(); line = stream.line()) {
        event(call, line.get());
      }
    } catch (KubernetesClientException broken) {
      throw new ApiException(ApiFailure.of(call, broken), broken);
    }
    var lasted = Duration.ofNanos(System.nanoTime() - began);
    if (version.equals(before) && lasted.compareTo(SHORT_WATCH) < 0) {
      pause();
    }
  }

  private String watching(long seconds) {
    return target.path().collection()
        + "?watch=1&allowWatchBookmarks=true&timeoutSeconds="
        + seconds
        + "&resourceVersion="
        + Selection.encoded(version)
        + target.selection().query();
  }

  private void event(ApiCall call, byte[] line) {
    var event = parsed(line);
    var object = event.path("object");
    switch (event.path("type").asString("")) {
      case "ADDED", "MODIFIED" -> follower.changed(object);
      case "DELETED" -> follower.removed(object);
      case "BOOKMARK" -> {}
      case "ERROR" -> {
        var code = object.path("code").asInt(500);
        var failure = new KubernetesClientException("", code, JsonApi.status(code, object));
        throw new ApiException(ApiFailure.of(call, failure), failure);
      }
      default -> throw new KubernetesClientException("an event of a type that is not known");
    }
    version = object.path("metadata").path("resourceVersion").asString(version);
    failures = 0;
  }

  private JsonNode parsed(byte[] line) {
    try {
      return mapper.readTree(line);
    } catch (JacksonException malformed) {
      throw new KubernetesClientException("an event is not JSON", malformed);
    }
  }

  // ---- failures

  private void failed(ApiFailure failure) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("closed");
    }
    switch (failure.kind()) {
      // The place in history is gone, or the whole kind and with it its history.
      case EXPIRED, NO_SUCH_RESOURCE, NOT_FOUND, INVALID -> version = "";
      case FORBIDDEN,
          REFUSED,
          UNAUTHENTICATED,
          ALREADY_EXISTS,
          CONFLICT,
          THROTTLED,
          UNAVAILABLE,
          UNREACHABLE -> {}
    }
    if (failure.kind() == ApiFailure.Kind.EXPIRED || isOfTheMoment(failure)) {
      LOG.debug("once more for {}: {}", target.path().resource(), failure.message());
    } else {
      tell(failure);
      follower.failed(failure);
    }
    pause(failure.retryAfter());
  }

  /** An API server that has just started grants no right for a moment. */
  private boolean isOfTheMoment(ApiFailure failure) {
    var first = listed && !refused;
    refused = failure.kind() == ApiFailure.Kind.FORBIDDEN;
    return first && refused;
  }

  private void tell(ApiFailure failure) {
    var known = trouble.map(ApiFailure::kind).filter(before -> isSame(before, failure.kind()));
    trouble(Optional.of(failure));
    if (known.isEmpty()) {
      LOG.atWarn()
          .addKeyValue("what", target.path().resource())
          .addKeyValue("reason", failure.message())
          .log("the API server cannot be followed; what is known stays, and it is tried again");
    } else {
      LOG.debug("still cannot follow {}: {}", target.path().resource(), failure.message());
    }
  }

  /** A server that goes down and comes up again fails in several ways, and that is one trouble. */
  private static boolean isSame(ApiFailure.Kind one, ApiFailure.Kind other) {
    return one == other || (one.passes() && other.passes());
  }

  private void recovered() {
    refused = false;
    if (trouble.isPresent()) {
      trouble(Optional.empty());
      LOG.atInfo()
          .addKeyValue("what", target.path().resource())
          .log("the API server is followed again");
      follower.recovered();
    }
  }

  private synchronized void trouble(Optional<ApiFailure> now) {
    trouble = now;
    notifyAll();
  }

  private synchronized void watching() {
    watched = true;
    notifyAll();
  }

  private void pause() throws InterruptedException {
    pause(Optional.empty());
  }

  private void pause(Optional<Duration> asked) throws InterruptedException {
    var wait = pace.wait(++failures, random);
    Thread.sleep(asked.filter(longer -> longer.compareTo(wait) > 0).orElse(wait));
  }
}
