package dev.meshseal.cli;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A duration as people write it: {@code 24h}, {@code 30d}, {@code 10y}, {@code 1h30m}. */
final class Lifetime implements ITypeConverter<Duration> {
  private static final Map<String, Duration> UNITS =
      Map.of(
          "y", Duration.ofDays(365),
          "w", Duration.ofDays(7),
          "d", Duration.ofDays(1),
          "h", Duration.ofHours(1),
          "m", Duration.ofMinutes(1),
          "s", Duration.ofSeconds(1));
  private static final Pattern PART = Pattern.compile("(\\d{1,9})([ywdhms])");
  private static final Pattern WHOLE = Pattern.compile("(" + PART + "){1,6}");

  @Override
  public Duration convert(String text) {
    return parse(text)
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'%s' is not a duration such as 24h, 30d, 10y or 1h30m".formatted(text)));
  }

  static Optional<Duration> parse(String text) {
    if (!WHOLE.matcher(text).matches()) {
      return Optional.empty();
    }
    return Optional.of(
        PART.matcher(text)
            .results()
            .map(
                part ->
                    UNITS
                        .getOrDefault(part.group(2), Duration.ZERO)
                        .multipliedBy(Long.parseLong(part.group(1))))
            .reduce(Duration.ZERO, Duration::plus));
  }
}
