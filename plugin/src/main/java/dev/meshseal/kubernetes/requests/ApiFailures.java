package dev.meshseal.kubernetes.requests;

import dev.meshseal.ca.CaException;
import dev.meshseal.kubernetes.ApiCall;
import dev.meshseal.kubernetes.ApiFailure;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.WatcherException;

/** What goes wrong around a call, as a failure of that call. */
final class ApiFailures {
  private ApiFailures() {}

  static ApiFailure of(ApiCall call, Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof KubernetesClientException failure) {
        return ApiFailure.of(call, failure);
      }
      if (cause instanceof WatcherException failure) {
        return ApiFailure.of(call, failure.asClientException());
      }
    }
    return ApiFailure.of(call, new KubernetesClientException(call + " failed", thrown));
  }

  /** Whether a proxy may ask again and hope. */
  static CaException.Kind kind(ApiFailure failure) {
    return switch (failure.kind()) {
      case FORBIDDEN, REFUSED, INVALID -> CaException.Kind.REJECTED;
      case UNAUTHENTICATED,
          NO_SUCH_RESOURCE,
          NOT_FOUND,
          ALREADY_EXISTS,
          CONFLICT,
          EXPIRED,
          THROTTLED,
          UNAVAILABLE,
          UNREACHABLE ->
          CaException.Kind.UNAVAILABLE;
    };
  }
}
