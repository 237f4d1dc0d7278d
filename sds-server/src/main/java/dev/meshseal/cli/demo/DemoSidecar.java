package dev.meshseal.cli.demo;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Optional;

/** An Envoy of the demonstration, and the certificates it was seen with. Used by one thread. */
final class DemoSidecar {
  private final String name;
  private final EnvoyProcess envoy;
  private final InstantSource clock;
  private Optional<SidecarView> last = Optional.empty();

  DemoSidecar(String name, EnvoyProcess envoy, InstantSource clock) {
    this.name = name;
    this.envoy = envoy;
    this.clock = clock;
  }

  EnvoyProcess envoy() {
    return envoy;
  }

  SidecarView look() {
    if (!envoy.isAlive()) {
      throw new IllegalStateException("the Envoy of %s has ended".formatted(name));
    }
    // While connections of before are open, Envoy lists the certificates of before too.
    var newest =
        envoy.admin().certs().stream()
            .max(Comparator.comparing(EnvoyCertificate::validFrom))
            .orElseThrow(() -> new IllegalStateException(name + " holds no certificate"));
    var now = clock.instant();
    var seen =
        last.map(before -> after(before, newest, now))
            .orElseGet(() -> new SidecarView(name, newest, now, 0, rejected()));
    last = Optional.of(seen);
    return seen;
  }

  private SidecarView after(SidecarView before, EnvoyCertificate newest, Instant now) {
    return before.certificate().serial().equals(newest.serial())
        ? new SidecarView(name, newest, before.since(), before.rotations(), rejected())
        : new SidecarView(name, newest, now, before.rotations() + 1, rejected());
  }

  private long rejected() {
    return envoy.admin().sum("^sds\\..*\\.update_rejected$");
  }
}
