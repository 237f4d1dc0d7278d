package dev.meshseal.server.sds;

import dev.meshseal.server.auth.WayIn;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Envoy's two services by which secrets are had, over one way in: {@code StreamSecrets}, {@code
 * DeltaSecrets}, {@code FetchSecrets}, and both variants of {@code AggregatedDiscoveryService} for
 * the type Secret.
 *
 * <p>Handlers run where gRPC calls them, which must be a place that may not be blocked: use {@code
 * directExecutor()}.
 */
public final class SecretDiscoveryService {
  private final SdsStreams streams;
  private final WayIn wayIn;

  public SecretDiscoveryService(SdsStreams streams, WayIn wayIn) {
    this.streams = streams;
    this.wayIn = wayIn;
  }

  /**
   * @param home where the stream that is opened by the calling thread belongs: what other threads
   *     have for it is run there
   */
  public List<ServerServiceDefinition> services(Supplier<Executor> home) {
    return List.of(
        ServerServiceDefinition.builder(SecretDiscoveryServiceGrpc.SERVICE_NAME)
            .addMethod(
                method(
                    SecretDiscoveryServiceGrpc.getStreamSecretsMethod(),
                    EnvoyRequests::stateOfTheWorld,
                    new SdsCalls(streams, wayIn, home, Service.SDS, Variant.SOTW)))
            .addMethod(
                method(
                    SecretDiscoveryServiceGrpc.getDeltaSecretsMethod(),
                    EnvoyRequests::delta,
                    new SdsCalls(streams, wayIn, home, Service.SDS, Variant.DELTA)))
            .addMethod(
                method(
                    SecretDiscoveryServiceGrpc.getFetchSecretsMethod(),
                    EnvoyRequests::stateOfTheWorld,
                    new SdsCalls(streams, wayIn, home, Service.SDS, Variant.FETCH)))
            .build(),
        ServerServiceDefinition.builder(AggregatedDiscoveryServiceGrpc.SERVICE_NAME)
            .addMethod(
                method(
                    AggregatedDiscoveryServiceGrpc.getStreamAggregatedResourcesMethod(),
                    EnvoyRequests::stateOfTheWorld,
                    new SdsCalls(streams, wayIn, home, Service.ADS, Variant.SOTW)))
            .addMethod(
                method(
                    AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod(),
                    EnvoyRequests::delta,
                    new SdsCalls(streams, wayIn, home, Service.ADS, Variant.DELTA)))
            .build());
  }

  /** The services of streams that are run by whichever thread has something for them. */
  public List<ServerServiceDefinition> services() {
    return services(() -> Runnable::run);
  }

  private static ServerMethodDefinition<Message, SecretsResponse> method(
      MethodDescriptor<?, ?> envoys, Function<byte[], Message> reader, SdsCalls calls) {
    return ServerMethodDefinition.create(
        envoys.toBuilder(new RequestMarshaller(reader), new ResponseMarshaller()).build(), calls);
  }
}
