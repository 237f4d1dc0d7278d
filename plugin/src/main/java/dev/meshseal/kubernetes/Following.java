package dev.meshseal.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
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

  /** How much of an object is wanted. */
  public enum Form {
    WHOLE("application/json", "application/json"),
    /** Only {@code metadata}. */
    METADATA(
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");

    private final String list;
    private final String watch;

    Form(String list, String watch) {
      this.list = list;
      this.watch = watch;
    }
  }

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
   * @param fieldSelector empty for all
   * @param page how many are asked for at once
   * @param start where it begins
   */
  public record Target(
      ApiPath path, Optional<String> fieldSelector, Form form, int page, Start start) {
    public static Target of(ApiPath path) {
      return new Target(path, Optional.empty(), Form.WHOLE, 500, Start.ALL);
    }

    /** Nothing is listed: only what changes from now on is heard of. */
    public Target fromNow() {
      return new Target(path, fieldSelector, form, 1, Start.NOW);
    }

    public Target selecting(String fieldSelector) {
      return new Target(path, Optional.of(fieldSelector), form, page, start);
    }

    public Target metadataOnly() {
      return new Target(path, fieldSelector, Form.METADATA, page, start);
    }

    private String query(String more) {
      return path.collection()
          + "?"
          + more
          + fieldSelector.map(selector -> "&fieldSelector=" + encoded(selector)).orElse("");
    }
  }

  private final JsonApi api;
  private final Target target;
  private final Follower follower;
  private final Pace pace;
  private final RandomGenerator random;
  private final JsonMapper mapper = JsonMapper.shared();
  private final Thread thread;

  private volatile Optional<ApiFailure> trouble = Optional.empty();
  private volatile boolean listed;

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

  /** Why it cannot be followed just now. */
  public Optional<ApiFailure> trouble() {
    return trouble;
  }

  /** Ends it; waits for a follower that is being called. */
  @Override
  public void close() {
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
    version = page("");
    follower.listed();
    listed = true;
    recovered();
  }

  /** Returns the version that the whole list is of. */
  private String page(String from) {
    var next = from;
    while (true) {
      var list =
          api.list(target.path().call("list"), target.query(paged(next)), target.form().list);
      var metadata = list.path("metadata");
      if (target.start() == Start.NOW) {
        return metadata.path("resourceVersion").asString("");
      }
      for (var item : list.path("items")) {
        follower.found(item);
      }
      next = metadata.path("continue").asString("");
      if (next.isEmpty()) {
        return metadata.path("resourceVersion").asString("");
      }
    }
  }

  private String paged(String next) {
    return "limit=" + target.page() + (next.isEmpty() ? "" : "&continue=" + encoded(next));
  }

  // ---- the watch

  private void watch() throws InterruptedException {
    var life = pace.watch().multipliedBy(2 + random.nextInt(3)).dividedBy(4);
    var seconds = Math.max(life.toSeconds(), 1);
    var call = target.path().call("watch");
    var query =
        target.query(
            "watch=1&allowWatchBookmarks=true&timeoutSeconds="
                + seconds
                + "&resourceVersion="
                + encoded(version));
    var began = System.nanoTime();
    var before = version;
    try (var stream =
        api.watch(
            call, query, target.form().watch, Duration.ofSeconds(seconds).plus(pace.answer()))) {
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
    trouble = Optional.of(failure);
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
      trouble = Optional.empty();
      LOG.atInfo()
          .addKeyValue("what", target.path().resource())
          .log("the API server is followed again");
    }
  }

  private void pause() throws InterruptedException {
    pause(Optional.empty());
  }

  private void pause(Optional<Duration> asked) throws InterruptedException {
    var wait = pace.wait(++failures, random);
    Thread.sleep(asked.filter(longer -> longer.compareTo(wait) > 0).orElse(wait));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
