package dev.meshseal.issuance;

import java.time.Duration;
import java.time.Instant;

/**
 * When a certificate is due: after a fraction of its actual life, spread so that certificates
 * issued together are not renewed together.
 *
 * @param fraction of the life between receipt and expiry, 0 to 1
 * @param spread how far from that point renewals are scattered, as a part of it
 */
public record Rotation(double fraction, double spread) {
  public static final Rotation AT_TWO_THIRDS = new Rotation(2.0 / 3, 0.1);

  public Rotation {
    if (!(fraction > 0 && fraction * (1 + spread) < 1)) {
      throw new IllegalArgumentException(
          "a certificate is renewed after a fraction of its life between 0 and %.2f, got %s"
              .formatted(1 / (1 + spread), fraction));
    }
  }

  public static Rotation at(double fraction) {
    return new Rotation(fraction, AT_TWO_THIRDS.spread);
  }

  /**
   * The instant of renewal. Counts from the receipt, not from NotBefore: some authorities backdate
   * by an hour, and an hour's certificate would be due at once.
   *
   * @param draw where in the spread this certificate falls, 0 to 1
   */
  public Instant due(Instant received, Instant expires, double draw) {
    var life = Duration.between(received, expires).toMillis();
    var part = fraction * (1 + spread * (2 * draw - 1));
    return received.plusMillis(Math.max(0, Math.round(life * part)));
  }
}
