package dev.meshseal.cli.rehearsal;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.List;
import java.util.function.Function;

/**
 * What a sidecar says on a stream.
 *
 * @param opening its first request
 * @param acceptance the request that acknowledges a response
 */
record Script<Q, R>(Q opening, Function<R, Q> acceptance) {
  private static final String SECRET =
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

  static Script<DiscoveryRequest, DiscoveryResponse> stateOfTheWorld(
      String nodeId, List<String> names) {
    var request = DiscoveryRequest.newBuilder().setTypeUrl(SECRET).addAllResourceNames(names);
    return new Script<>(
        request.clone().setNode(node(nodeId)).build(),
        response ->
            request
                .clone()
                .setVersionInfo(response.getVersionInfo())
                .setResponseNonce(response.getNonce())
                .build());
  }

  static Script<DeltaDiscoveryRequest, DeltaDiscoveryResponse> delta(
      String nodeId, List<String> names) {
    var request = DeltaDiscoveryRequest.newBuilder().setTypeUrl(SECRET);
    return new Script<>(
        request.clone().setNode(node(nodeId)).addAllResourceNamesSubscribe(names).build(),
        response -> request.clone().setResponseNonce(response.getNonce()).build());
  }

  private static Node node(String id) {
    return Node.newBuilder().setId(id).setUserAgentName("rehearsal").build();
  }
}
