package dev.meshseal.kubernetes.pods;

import dev.meshseal.kubernetes.ApiException;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.JsonApi;
import dev.meshseal.kubernetes.pods.Review.Cause;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;

/**
 * Asks the API server whose a service-account token is. Only tokens that are for us and bound to a
 * pod are good (KEP-1205); that the pod is there still is for {@link Pods} to say. Thread-safe.
 */
public final class TokenReviews {
  private static final ApiPath REVIEWS = ApiPath.of("authentication.k8s.io", "v1", "tokenreviews");
  private static final String ACCOUNT = "system:serviceaccount:";
  private static final String POD_NAME = "authentication.kubernetes.io/pod-name";
  private static final String POD_UID = "authentication.kubernetes.io/pod-uid";

  /** As many as may be asked at once: the API server has others to serve. */
  private static final int AT_ONCE = 16;

  private static final int REMEMBERED = 20_000;

  /** What the API server answers with; blocks. */
  @FunctionalInterface
  interface Reviewer {
    /**
     * @throws ApiException if it does not answer
     */
    JsonNode status(String token, String audience);
  }

  private final Reviewer reviewer;
  private final String audience;
  private final InstantSource clock;
  private final RecentReviews recent;
  private final Semaphore free = new Semaphore(AT_ONCE);
  private final ConcurrentMap<String, CompletableFuture<Review>> asked = new ConcurrentHashMap<>();

  /**
   * @param audience for whom a token must be, {@code meshseal} unless the operator says otherwise
   */
  public TokenReviews(Cluster cluster, String audience, InstantSource clock) {
    this(asking(new JsonApi(cluster)), audience, clock);
  }

  TokenReviews(Reviewer reviewer, String audience, InstantSource clock) {
    this.reviewer = reviewer;
    this.audience = audience;
    this.clock = clock;
    this.recent = new RecentReviews(clock, REMEMBERED);
  }

  private static Reviewer asking(JsonApi api) {
    return (token, audience) -> {
      var json = JsonApi.json();
      var spec = json.objectNode().put("token", token);
      spec.putArray("audiences").add(audience);
      var review = json.objectNode().put("apiVersion", "authentication.k8s.io/v1");
      review.put("kind", "TokenReview").set("spec", spec);
      return api.create(REVIEWS, review).path("status");
    };
  }

  /**
   * Whose a token is. Blocks for {@link Cluster#CALL_TIMEOUT} at most, twice that where others wait
   * before it; an answer of the last seconds is given again.
   */
  public Review review(String token) {
    try {
      var claims = UnprovedClaims.read(token);
      requireWorthACall(claims);
      var digest = RecentReviews.digest(token);
      var known = recent.find(digest);
      return known.isPresent() ? known.get() : once(digest, token, claims);
    } catch (UnprovedClaims.Refusal refusal) {
      return refusal.refused();
    }
  }

  private void requireWorthACall(UnprovedClaims claims) throws UnprovedClaims.Refusal {
    var now = clock.instant();
    // The API server gives a minute's leeway; a stream ends with its token, to the second.
    if (!now.isBefore(claims.expiresAt())) {
      throw new UnprovedClaims.Refusal(
          Cause.EXPIRED,
          "the token%s expired at %s, and it is %s; let Envoy read it from its file, which the kubelet renews"
              .formatted(of(claims), claims.expiresAt(), now));
    }
    if (!claims.audiences().contains(audience)) {
      throw new UnprovedClaims.Refusal(
          Cause.AUDIENCE,
          "the token%s is for %s, not for '%s'; project one with audience: %s"
              .formatted(of(claims), claims.shownAudiences(), audience, audience));
    }
    if (claims.pod().isEmpty()) {
      throw new UnprovedClaims.Refusal(Cause.NOT_BOUND, notBound());
    }
  }

  private static String of(UnprovedClaims claims) {
    return claims.pod().map(" of pod '%s'"::formatted).orElse("");
  }

  private static String notBound() {
    return "the token is not bound to a pod; use the one that a projected volume of the pod has";
  }

  // An Envoy opens a stream for each secret, all at once and with the same token.
  private Review once(String digest, String token, UnprovedClaims claims) {
    var mine = new CompletableFuture<Review>();
    var theirs = asked.putIfAbsent(digest, mine);
    if (theirs != null) {
      return awaitOther(theirs);
    }
    try {
      var review = inTurn(token, claims);
      recent.keep(digest, review);
      mine.complete(review);
      return review;
    } finally {
      asked.remove(digest, mine);
      mine.complete(new Review.Unavailable("the review of the token was given up"));
    }
  }

  private static Review awaitOther(CompletableFuture<Review> theirs) {
    try {
      return theirs.get(2 * Cluster.CALL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return interrupted();
    } catch (TimeoutException | ExecutionException slow) {
      return unanswered();
    }
  }

  private Review inTurn(String token, UnprovedClaims claims) {
    try {
      if (!free.tryAcquire(Cluster.CALL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        return new Review.Unavailable(
            "more tokens are waiting to be reviewed than the API server reviews in %d s; it is slow, or many proxies start"
                .formatted(Cluster.CALL_TIMEOUT.toSeconds()));
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return interrupted();
    }
    try {
      return read(reviewer.status(token, audience), claims);
    } catch (ApiException failure) {
      return new Review.Unavailable(failure.getMessage());
    } finally {
      free.release();
    }
  }

  private static Review unanswered() {
    return new Review.Unavailable(
        "the API server did not review the token within %d s"
            .formatted(2 * Cluster.CALL_TIMEOUT.toSeconds()));
  }

  private static Review interrupted() {
    return new Review.Unavailable("the server is stopping");
  }

  // What the API server says

  private Review read(JsonNode status, UnprovedClaims claims) {
    if (!status.path("authenticated").asBoolean(false)) {
      return refused(status.path("error").asString(""), claims);
    }
    // An API server that does not know of audiences says yes, and names none.
    var audiences = status.path("audiences").valueStream().map(one -> one.asString("")).toList();
    if (!audiences.contains(audience)) {
      return new Review.Refused(
          Cause.AUDIENCE,
          "the API server takes the token%s for audience %s, not for '%s'; project one with audience: %s"
              .formatted(of(claims), audiences, audience, audience));
    }
    return user(status.path("user"), claims.expiresAt());
  }

  private static Review user(JsonNode user, Instant expiresAt) {
    var name = user.path("username").asString("");
    var account = List.of(name.replaceFirst(ACCOUNT, "").split(":", -1));
    if (!name.startsWith(ACCOUNT) || account.size() != 2) {
      return new Review.Refused(Cause.NOT_BOUND, "the token is not one of a service account");
    }
    var pod = only(user, POD_NAME);
    var uid = only(user, POD_UID);
    return pod.isEmpty() || uid.isEmpty()
        ? new Review.Refused(Cause.NOT_BOUND, notBound())
        : new Review.Good(account.get(0), account.get(1), pod.get(), uid.get(), expiresAt);
  }

  private static Optional<String> only(JsonNode user, String key) {
    var values = user.path("extra").path(key);
    return values.size() == 1 ? PodFacts.text(values.path(0)) : Optional.empty();
  }

  // The API server's words are all there is to tell one refusal from the other; they decide only
  // which sentence the operator reads.
  private Review refused(String error, UnprovedClaims claims) {
    var said = error.isEmpty() ? "" : " (%s)".formatted(printable(error));
    if (error.contains("has expired")) {
      return new Review.Refused(
          Cause.EXPIRED,
          "the token%s has expired%s; let Envoy read it from its file, which the kubelet renews"
              .formatted(of(claims), said));
    }
    if (error.contains("not valid yet")) {
      return new Review.Refused(
          Cause.NOT_YET_VALID,
          "the token%s is not valid yet%s; set the clocks".formatted(of(claims), said));
    }
    if (error.contains("audience")) {
      return new Review.Refused(
          Cause.AUDIENCE,
          "the token%s is not for '%s'%s; project one with audience: %s"
              .formatted(of(claims), audience, said, audience));
    }
    if (isOfSomethingGone(error)) {
      return new Review.Refused(
          Cause.GONE,
          "the token is of pod '%s', and that pod or its service account was deleted%s"
              .formatted(claims.pod().orElse(""), said));
    }
    return new Review.Refused(
        Cause.FOREIGN,
        "the API server does not know the token, whose issuer is '%s'%s; it is of another cluster, or its key is no longer in use"
            .formatted(claims.issuer(), said));
  }

  private static boolean isOfSomethingGone(String error) {
    return List.of("has been invalidated", "UID", "not found", "has been deleted").stream()
        .anyMatch(error::contains);
  }

  private static String printable(String error) {
    var visible = error.replaceAll("[^ -~]+", " ").strip();
    return visible.length() <= 300 ? visible : visible.substring(0, 300) + "…";
  }
}
