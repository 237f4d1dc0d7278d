package dev.meshseal.server.inject;

import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Pattern;

/** What a container asks for and may have at most, as Kubernetes writes quantities. */
public record Resources(String cpuRequest, String memoryRequest, String memoryLimit) {
  private static final Pattern CPU = Pattern.compile("0*[1-9]\\d{0,5}m|\\d{1,3}(\\.\\d{1,3})?");
  private static final Pattern MEMORY = Pattern.compile("(\\d{1,12})([kMGT]|[KMGT]i|)");
  private static final Map<String, Long> UNITS =
      Map.of(
          "", 1L,
          "k", 1_000L,
          "M", 1_000_000L,
          "G", 1_000_000_000L,
          "T", 1_000_000_000_000L,
          "Ki", 1L << 10,
          "Mi", 1L << 20,
          "Gi", 1L << 30,
          "Ti", 1L << 40);

  public Resources {
    if (!CPU.matcher(cpuRequest).matches()) {
      throw new IllegalArgumentException(
          "CPU is written as 50m or 0.5, got '%s'".formatted(cpuRequest));
    }
    if (bytes(memoryRequest).compareTo(bytes(memoryLimit)) > 0) {
      throw new IllegalArgumentException(
          "a container asks for no more memory than it may have: the request is %s, the limit %s"
              .formatted(memoryRequest, memoryLimit));
    }
  }

  private static BigDecimal bytes(String memory) {
    var matcher = MEMORY.matcher(memory);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "memory is written as 64Mi or 1Gi, got '%s'".formatted(memory));
    }
    return new BigDecimal(matcher.group(1))
        .multiply(BigDecimal.valueOf(UNITS.getOrDefault(matcher.group(2), 1L)));
  }
}
