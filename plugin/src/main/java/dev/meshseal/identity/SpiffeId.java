package dev.meshseal.identity;

import java.util.regex.Pattern;

/**
 * A SPIFFE ID: a trust domain and a path, empty or starting with a slash (SPIFFE ID, 2).
 *
 * <p>Only the canonical spelling exists as a value: what differs in case, has an empty or dotted
 * segment, a port, a query or a trailing slash is refused, never normalised.
 */
public record SpiffeId(String trustDomain, String path) {
  private static final String SCHEME = "spiffe://";
  private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");
  private static final Pattern SEGMENT = Pattern.compile("[a-zA-Z0-9._-]+");

  public SpiffeId {
    if (!isTrustDomain(trustDomain)) {
      throw new IllegalArgumentException(
          "a trust domain has 1 to 255 of a-z 0-9 . - _, got '%s'".formatted(trustDomain));
    }
    if (!isPath(path)) {
      throw new IllegalArgumentException(
          "a SPIFFE path is empty or /-separated segments of a-z A-Z 0-9 . - _, none of them '.'"
              + " or '..', got '%s'".formatted(path));
    }
    // SPIFFE ID, 2.3: implementations must support 2048 bytes and must not create longer ones.
    if (SCHEME.length() + trustDomain.length() + path.length() > 2048) {
      throw new IllegalArgumentException("a SPIFFE ID has at most 2048 bytes");
    }
  }

  /** Reads {@code spiffe://TRUST-DOMAIN/PATH}. */
  public static SpiffeId parse(String uri) {
    if (!uri.startsWith(SCHEME)) {
      throw new IllegalArgumentException(
          "a SPIFFE ID starts with spiffe://, got '%s'".formatted(uri));
    }
    var rest = uri.substring(SCHEME.length());
    var slash = rest.indexOf('/');
    return slash < 0
        ? new SpiffeId(rest, "")
        : new SpiffeId(rest.substring(0, slash), rest.substring(slash));
  }

  public static boolean isTrustDomain(String text) {
    return TRUST_DOMAIN.matcher(text).matches();
  }

  private static boolean isPath(String path) {
    if (path.isEmpty()) {
      return true;
    }
    if (path.charAt(0) != '/') {
      return false;
    }
    for (var segment : path.substring(1).split("/", -1)) {
      if (!SEGMENT.matcher(segment).matches() || segment.equals(".") || segment.equals("..")) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return SCHEME + trustDomain + path;
  }
}
