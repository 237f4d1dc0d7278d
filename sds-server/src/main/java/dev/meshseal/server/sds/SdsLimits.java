package dev.meshseal.server.sds;

import java.time.Duration;

/**
 * How much a stranger, and a friend gone wrong, may take of us.
 *
 * @param streams what one stream, data plane and credential may have
 * @param connections what a connection and an address may have
 */
public record SdsLimits(Streams streams, Connections connections) {
  public static final SdsLimits DEFAULT = new SdsLimits(Streams.DEFAULT, Connections.DEFAULT);

  /**
   * @param names a stream may be subscribed to
   * @param nameLength in characters; a SPIFFE ID has at most 2,048 (SPIFFE ID, 2.3)
   * @param perDataplane streams; Envoy opens one for each name that is not fetched over ADS
   * @param perCredential streams; a token may be good for every proxy of a service
   * @param firstRequest how long a new stream may stay silent
   * @param fetch how long a unary fetch waits for a secret that is being made
   */
  public record Streams(
      int names,
      int nameLength,
      int perDataplane,
      int perCredential,
      Duration firstRequest,
      Duration fetch) {
    public static final Streams DEFAULT =
        new Streams(100, 2_048, 64, 10_000, Duration.ofSeconds(10), Duration.ofSeconds(15));

    public Streams {
      requirePositive("names a stream", names);
      requirePositive("length of a name", nameLength);
      requirePositive("streams a data plane", perDataplane);
      requirePositive("streams a credential", perCredential);
    }
  }

  /**
   * @param total of one listener
   * @param perAddress of one remote IP address; a Unix socket has none
   * @param calls concurrent, of one connection
   * @param messageBytes of one request; an Envoy's first, with its node, has some 20 KiB
   * @param metadataBytes of the headers of one call, token included
   * @param window of HTTP/2 flow control: what a connection may make us hold unread
   * @param handshake how long TLS and the HTTP/2 preface may take
   * @param maxAge after which a connection is asked to come anew, spread by a tenth; this is how
   *     proxies find their way to a new replica
   * @param maxAgeGrace how long streams may live on after that
   * @param keepAlive how often a silent client is asked whether it is there
   * @param keepAliveTimeout how long it may take to say so
   * @param minKeepAlive how often a client may ask us the same
   * @param resets of streams by one client in half a minute, before its connection is closed
   */
  public record Connections(
      int total,
      int perAddress,
      int calls,
      int messageBytes,
      int metadataBytes,
      int window,
      Duration handshake,
      Duration maxAge,
      Duration maxAgeGrace,
      Duration keepAlive,
      Duration keepAliveTimeout,
      Duration minKeepAlive,
      int resets) {
    public static final Connections DEFAULT =
        new Connections(
            50_000,
            20_000,
            1_000,
            256 * 1024,
            16 * 1024,
            64 * 1024,
            Duration.ofSeconds(10),
            Duration.ofMinutes(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            200);

    public Connections {
      requirePositive("connections", total);
      requirePositive("connections an address", perAddress);
      requirePositive("calls a connection", calls);
      requirePositive("bytes of a message", messageBytes);
      requirePositive("bytes of metadata", metadataBytes);
      requirePositive("window", window);
      requirePositive("resets", resets);
    }

    public Connections atMost(int inTotal, int fromOneAddress) {
      return new Connections(
          inTotal,
          fromOneAddress,
          calls,
          messageBytes,
          metadataBytes,
          window,
          handshake,
          maxAge,
          maxAgeGrace,
          keepAlive,
          keepAliveTimeout,
          minKeepAlive,
          resets);
    }
  }

  private static void requirePositive(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(
          "the limit on %s must be at least 1, got %d".formatted(what, number));
    }
  }
}
