package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.List;

/** A proxy, how it does, and its certificates with the three serials side by side. */
public record DataplaneReport(
    ProxyState state, DataplaneView dataplane, List<CertificateView> certificates) {
  public DataplaneReport {
    certificates = List.copyOf(certificates);
  }

  static DataplaneReport of(DataplaneView dataplane, Instant now) {
    return new DataplaneReport(
        Proxies.state(dataplane, now), dataplane, Proxies.certificates(dataplane, now));
  }
}
