package dev.meshseal.server.auth;

import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import io.grpc.Metadata;

/**
 * The metadata {@code authorization}: the token alone, as Kuma's sidecars send it, or after {@code
 * Bearer} (RFC 6750, 2.1).
 */
final class AuthorizationHeader {
  private static final Metadata.Key<String> KEY =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BEARER = "Bearer ";

  private AuthorizationHeader() {}

  /**
   * The one token of a request.
   *
   * @param expected what it must be, as in {@code a data plane token}
   * @throws NotAuthenticatedException if there is none, or more than one
   */
  static String token(Metadata headers, String expected) {
    var values = headers.getAll(KEY);
    if (values == null) {
      throw new NotAuthenticatedException(
          Reason.MISSING,
          "the request has no 'authorization'; it must carry %s".formatted(expected));
    }
    var all = values.iterator();
    var value = all.next();
    if (all.hasNext()) {
      throw new NotAuthenticatedException(
          Reason.MALFORMED,
          "the request has more than one 'authorization'; it must have exactly one");
    }
    // The scheme is matched without case (RFC 9110, 11.1).
    return value.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? value.substring(BEARER.length())
        : value;
  }
}
