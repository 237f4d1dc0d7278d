package dev.meshseal.mesh;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The two grammars of a duration in a Mesh: Kuma's for lifetimes, protobuf's for timeouts. */
final class Durations {
  /** Clock skew, back-dating and one renewal use up less than this. */
  private static final Duration SHORTEST_LIFETIME = Duration.ofSeconds(10);

  private static final Duration LONGEST_LIFETIME = Duration.ofDays(100 * 365);
  private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);

  private static final Map<String, Duration> UNITS =
      Map.of(
          "y", Duration.ofDays(365),
          "w", Duration.ofDays(7),
          "d", Duration.ofDays(1),
          "h", Duration.ofHours(1),
          "m", Duration.ofMinutes(1),
          "s", Duration.ofSeconds(1),
          "ms", Duration.ofMillis(1));
  private static final Pattern LIFETIME = Pattern.compile("([0-9]{1,30})(y|w|d|h|m|s|ms)");
  private static final Pattern TIMEOUT = Pattern.compile("(-?[0-9]{1,12}(\\.[0-9]{1,9})?)s");
  private static final Pattern SECONDS = Pattern.compile("-?[0-9]{1,12}");
  private static final BigDecimal NANO = new BigDecimal("0.000000001");

  private Durations() {}

  /** A whole number and one unit, as in {@code 24h}; a year has 365 days. */
  static Optional<Duration> lifetime(Fields fields, String name) {
    return fields.node(name).flatMap(node -> lifetime(fields, name, node));
  }

  private static Optional<Duration> lifetime(Fields fields, String name, YamlNode node) {
    var millis = written(node).flatMap(Durations::lifetimeMillis);
    if (millis.isEmpty()) {
      fields.refuse(
          name,
          "must be a whole number and one unit of y, w, d, h, m, s or ms, as in 24h, is %s"
              .formatted(node.described()));
      return Optional.empty();
    }
    if (isOutside(millis.orElseThrow(), SHORTEST_LIFETIME, LONGEST_LIFETIME)) {
      fields.refuse(
          name,
          "must be 10s to 100y, is %s: clock skew and renewal need 10 seconds of a certificate's life"
              .formatted(Words.shorten(written(node).orElseThrow())));
      return Optional.empty();
    }
    return Optional.of(Duration.ofMillis(millis.orElseThrow().longValueExact()));
  }

  private static Optional<String> written(YamlNode node) {
    return switch (node) {
      case YamlNode.Text text -> Optional.of(text.value());
      case YamlNode.Numeral number -> Optional.of(number.value());
      default -> Optional.empty();
    };
  }

  private static Optional<BigInteger> lifetimeMillis(String text) {
    if (text.equals("0")) {
      return Optional.of(BigInteger.ZERO);
    }
    var matcher = LIFETIME.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new BigInteger(matcher.group(1))
                .multiply(
                    BigInteger.valueOf(
                        UNITS.getOrDefault(matcher.group(2), Duration.ZERO).toMillis())))
        : Optional.empty();
  }

  private static boolean isOutside(BigInteger millis, Duration shortest, Duration longest) {
    return millis.compareTo(BigInteger.valueOf(shortest.toMillis())) < 0
        || millis.compareTo(BigInteger.valueOf(longest.toMillis())) > 0;
  }

  /**
   * Protobuf's JSON form, as in {@code 1.5s}, or its two fields {@code seconds} and {@code nanos}.
   */
  static Optional<Duration> timeout(Fields fields, String name) {
    return fields.node(name).flatMap(node -> timeout(fields, name, node));
  }

  private static Optional<Duration> timeout(Fields fields, String name, YamlNode node) {
    var seconds = seconds(fields, name, node);
    if (seconds.isEmpty()) {
      fields.refuse(
          name,
          "must be seconds, as in 10s or 1.5s, or {seconds, nanos}, is %s"
              .formatted(node.described()));
      return Optional.empty();
    }
    var nanos = seconds.orElseThrow().divideToIntegralValue(NANO);
    if (nanos.signum() <= 0 || nanos.compareTo(new BigDecimal(LONGEST_TIMEOUT.toNanos())) > 0) {
      fields.refuse(
          name,
          "must be more than 0s and at most 3600s, is %ss; leave it out for the default"
              .formatted(seconds.orElseThrow().stripTrailingZeros().toPlainString()));
      return Optional.empty();
    }
    return Optional.of(Duration.ofNanos(nanos.longValueExact()));
  }

  private static Optional<BigDecimal> seconds(Fields fields, String name, YamlNode node) {
    if (node instanceof YamlNode.Mapping) {
      return fields.object(name).flatMap(Durations::secondsAndNanos);
    }
    return node instanceof YamlNode.Text text
        ? Optional.of(TIMEOUT.matcher(text.value()))
            .filter(java.util.regex.Matcher::matches)
            .map(matcher -> new BigDecimal(matcher.group(1)))
        : Optional.empty();
  }

  /** Protobuf writes 64-bit numbers in quotes, too. */
  private static Optional<BigDecimal> secondsAndNanos(Fields duration) {
    var seconds = digits(duration, "seconds");
    var nanos = digits(duration, "nanos");
    duration.refuseUnknown();
    return seconds.flatMap(whole -> nanos.map(part -> whole.add(part.multiply(NANO))));
  }

  private static Optional<BigDecimal> digits(Fields duration, String name) {
    return duration
        .node(name)
        .map(Durations::written)
        .orElse(Optional.of("0"))
        .filter(text -> SECONDS.matcher(text).matches())
        .map(BigDecimal::new);
  }
}
