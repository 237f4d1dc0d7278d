package dev.meshseal.server.sds;

/** The gRPC service by which secrets are asked for. */
public enum Service {
  /** {@code envoy.service.secret.v3.SecretDiscoveryService}. */
  SDS,
  /** {@code envoy.service.discovery.v3.AggregatedDiscoveryService}, of which we serve one type. */
  ADS
}
