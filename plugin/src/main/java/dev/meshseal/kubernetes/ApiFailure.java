package dev.meshseal.kubernetes;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * Why a call to the API server failed: a kind for the code to act on, and a sentence for the
 * operator.
 *
 * @param message a clause in lower case without a final period: what was asked, what came, what to
 *     do
 * @param retryAfter how long the API server asks to be left alone
 */
public record ApiFailure(Kind kind, String message, Optional<Duration> retryAfter) {
  /** What can be done about it. */
  public enum Kind {
    /** Our account lacks a right. */
    FORBIDDEN,
    /** An admission webhook, a policy or a quota refuses what was sent. */
    REFUSED,
    /** The API server does not know who we are. */
    UNAUTHENTICATED,
    /** It has no such kind of resource: a CRD is not installed. */
    NO_SUCH_RESOURCE,
    /** The object, or its namespace, is not there. */
    NOT_FOUND,
    ALREADY_EXISTS,
    /** Somebody else changed the object first. */
    CONFLICT,
    /** What was sent is malformed. */
    INVALID,
    /** A resource version is too old: list again. */
    EXPIRED,
    /** Asked too often. */
    THROTTLED,
    /** It answered that it cannot. */
    UNAVAILABLE,
    /** It did not answer. */
    UNREACHABLE;

    /** Whether the same call may succeed later without anybody doing anything. */
    public boolean passes() {
      return switch (this) {
        case EXPIRED, THROTTLED, UNAVAILABLE, UNREACHABLE -> true;
        case FORBIDDEN,
            REFUSED,
            UNAUTHENTICATED,
            NO_SUCH_RESOURCE,
            NOT_FOUND,
            ALREADY_EXISTS,
            CONFLICT,
            INVALID ->
            false;
      };
    }
  }

  private static final Pattern USER = Pattern.compile("User \"([^\"]+)\" cannot ([a-z]+) resource");
  private static final int LONGEST = 600;

  /** What this failure of this call means. */
  public static ApiFailure of(ApiCall call, KubernetesClientException failure) {
    if (failure.getCode() < 400) {
      return unreachable(call, failure);
    }
    return switch (failure.getCode()) {
      case 400, 422 -> invalid(call, failure);
      case 401 -> unauthenticated(call, failure);
      case 403 -> forbidden(call, failure);
      case 404 -> notFound(call, failure);
      case 409 -> conflict(call, failure);
      case 410 -> of(Kind.EXPIRED, "to %s is to start anew: %s", call, words(failure));
      case 429 -> throttled(call, failure);
      default ->
          of(
              Kind.UNAVAILABLE,
              "the API server could not %s: %s",
              call,
              failure.getCode() + " " + words(failure));
    };
  }

  private static ApiFailure of(Kind kind, String sentence, ApiCall call, String words) {
    return new ApiFailure(kind, sentence.formatted(call, words), Optional.empty());
  }

  private static ApiFailure invalid(ApiCall call, KubernetesClientException failure) {
    return of(Kind.INVALID, "the API server refused to %s as invalid: %s", call, words(failure));
  }

  private static ApiFailure unauthenticated(ApiCall call, KubernetesClientException failure) {
    return of(
        Kind.UNAUTHENTICATED,
        "the API server refused to %s, because it does not accept our credential (%s); give the"
            + " server a token or client certificate that is valid",
        call,
        words(failure));
  }

  // Admission answers with the same code, but does not say what a user cannot do.
  private static ApiFailure forbidden(ApiCall call, KubernetesClientException failure) {
    var words = words(failure);
    var user = USER.matcher(words);
    if (!user.find()) {
      // The answer to a watch has no words.
      return words.equals("Forbidden")
          ? of(
              Kind.FORBIDDEN,
              "the API server refused to %s: %s",
              call,
              "our account lacks the right; " + call.grant())
          : of(Kind.REFUSED, "the API server refused to %s: %s", call, words);
    }
    return of(
        Kind.FORBIDDEN,
        "the API server refused to %s: %s",
        call,
        "'%s' lacks the right; %s".formatted(user.group(1), call.doing(user.group(2)).grant()));
  }

  private static ApiFailure notFound(ApiCall call, KubernetesClientException failure) {
    var details = details(failure);
    if (details.map(StatusDetails::getKind).filter("namespaces"::equals).isPresent()
        && !call.resource().equals("namespaces")) {
      return of(
          Kind.NOT_FOUND,
          "the API server could not %s: %s",
          call,
          "there is no such namespace; create it");
    }
    if (details.map(StatusDetails::getName).filter(name -> !name.isEmpty()).isPresent()) {
      return of(Kind.NOT_FOUND, "the API server could not %s: %s", call, "there is none");
    }
    return of(
        Kind.NO_SUCH_RESOURCE,
        "the API server could not %s: %s",
        call,
        "it has no resource %s; install the CRD".formatted(call.qualifiedResource()));
  }

  private static ApiFailure conflict(ApiCall call, KubernetesClientException failure) {
    var exists =
        Optional.ofNullable(failure.getStatus())
            .map(Status::getReason)
            .filter("AlreadyExists"::equals)
            .isPresent();
    return exists
        ? of(Kind.ALREADY_EXISTS, "the API server could not %s: %s", call, "it is there already")
        : of(Kind.CONFLICT, "the API server could not %s: %s", call, words(failure));
  }

  private static ApiFailure throttled(ApiCall call, KubernetesClientException failure) {
    var wait =
        details(failure)
            .map(StatusDetails::getRetryAfterSeconds)
            .filter(seconds -> seconds > 0)
            .map(Duration::ofSeconds);
    return new ApiFailure(
        Kind.THROTTLED,
        "the API server is asked too often and put off to %s%s"
            .formatted(call, wait.map(" for %s"::formatted).orElse("")),
        wait);
  }

  private static ApiFailure unreachable(ApiCall call, KubernetesClientException failure) {
    return of(Kind.UNREACHABLE, "the API server did not answer to %s: %s", call, reason(failure));
  }

  private static String reason(KubernetesClientException failure) {
    Throwable deepest = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      deepest = cause;
      switch (cause) {
        case HttpTimeoutException timeout -> {
          return timedOut();
        }
        case TimeoutException timeout -> {
          return timedOut();
        }
        case ConnectException refused -> {
          return "nobody listens at its address, or the network is down";
        }
        case UnknownHostException unknown -> {
          return "its host name '%s' is not known".formatted(printable(unknown.getMessage()));
        }
        case SSLException tls -> {
          return "the TLS handshake failed: %s".formatted(printable(tls.getMessage()));
        }
        default -> {
          // the next cause may say more
        }
      }
    }
    return printable(deepest.getMessage());
  }

  private static String timedOut() {
    return "no answer within %d s".formatted(Cluster.CALL_TIMEOUT.toSeconds());
  }

  private static Optional<StatusDetails> details(KubernetesClientException failure) {
    return Optional.ofNullable(failure.getStatus()).map(Status::getDetails);
  }

  /** The API server's own words. */
  private static String words(KubernetesClientException failure) {
    return printable(
        Optional.ofNullable(failure.getStatus())
            .map(Status::getMessage)
            .orElseGet(failure::getMessage));
  }

  private static String printable(@org.jspecify.annotations.Nullable String text) {
    var visible = String.valueOf(text).replaceAll("[^ -~]+", " ").strip();
    return visible.length() <= LONGEST ? visible : visible.substring(0, LONGEST) + "...";
  }

  @Override
  public String toString() {
    return kind + ": " + message;
  }
}
