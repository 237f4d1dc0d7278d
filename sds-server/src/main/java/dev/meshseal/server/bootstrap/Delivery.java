package dev.meshseal.server.bootstrap;

/** By which of Envoy's protocols the secrets travel (xDS protocol, "Variants"). */
public enum Delivery {
  /** {@code StreamSecrets}: each answer is all of a secret. */
  SOTW("GRPC"),
  /** {@code DeltaSecrets}: each answer is what has changed. */
  DELTA("DELTA_GRPC");

  private final String apiType;

  Delivery(String apiType) {
    this.apiType = apiType;
  }

  String apiType() {
    return apiType;
  }
}
