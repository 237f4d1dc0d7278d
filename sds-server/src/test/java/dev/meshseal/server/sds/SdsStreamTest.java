package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.auth.DataplaneAuthenticator;
import dev.meshseal.server.sds.FakeEnvoy.Seen;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The rules of a stream, each in every variant. */
final class SdsStreamTest {
  private static final String IDENTITY = "identity_cert:secret:default";
  private static final String TRUST = "mesh_ca:secret:default";

  static final List<Way> WAYS =
      List.of(
          new Way(Service.SDS, Variant.SOTW),
          new Way(Service.SDS, Variant.DELTA),
          new Way(Service.ADS, Variant.SOTW),
          new Way(Service.ADS, Variant.DELTA));

  record Way(Service service, Variant variant) {}

  private final ManualTime time = new ManualTime();
  private final FakeSecrets secrets = FakeSecrets.ready();
  private final SdsStreams streams =
      new SdsStreams(
          "meshseal-test",
          secrets,
          new DataplaneAuthenticator(id -> Optional.empty()),
          time,
          time,
          SdsLimits.Streams.DEFAULT,
          SdsObserver.NONE);

  private FakeEnvoy envoy(Way way) {
    return new FakeEnvoy(streams, way.service(), way.variant()).authenticated();
  }

  private static String only(List<Seen> seen) {
    assertThat(seen).hasSize(1);
    return seen.getFirst().name();
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void answersTheFirstRequestInFullTrustFirst(Way way) {
    var envoy = envoy(way);

    envoy.subscribe(IDENTITY, TRUST);

    assertThat(envoy.takeNames()).containsExactly(TRUST, IDENTITY);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void doesNotAnswerAnAck(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY, TRUST);

    envoy.take().forEach(envoy::ack);

    assertThat(envoy.take()).isEmpty();
    assertThat(envoy.status().secrets()).allMatch(secret -> secret.acked().isPresent());
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void pushesWhatHasChangedAndNothingElse(Way way) {
    var envoy = envoy(way);
    envoy.subscribe(IDENTITY, TRUST);
    envoy.take().forEach(envoy::ack);

    secrets.identity(2);
    secrets.wakeAll();

    assertThat(only(envoy.take())).isEqualTo(IDENTITY);
  }

  @ParameterizedTest
  @FieldSource("WAYS")
  void endsAStreamThatNeverAsks(Way way) {
    var envoy = envoy(way);

    time.pass(Duration.ofSeconds(10));

    assertThat(envoy.end()).map(StreamEnd::code).contains(StreamEnd.Code.DEADLINE_EXCEEDED);
    assertThat(streams.statuses(new DataplaneId("default", "web-1"))).isEmpty();
  }
}
