package dev.meshseal.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.IdentityTemplate;
import dev.meshseal.issuance.MeshStatus;
import dev.meshseal.issuance.Versioned;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.testing.FakeTime;
import dev.meshseal.x509.TrustBundle;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReadinessTest {
  private final FakeTime time = new FakeTime();
  private List<String> startingUp = List.of();
  private List<MeshStatus> meshes = List.of();
  private final Readiness readiness = new Readiness(() -> startingUp, () -> meshes, time);

  @Test
  void waitsForWhatIsDeclaredAndThenForItsMeshes() {
    startingUp = List.of("the Meshes have not been read yet");
    var reading = readiness.missing();
    startingUp = List.of();
    meshes = List.of(opening("one"), inForce("two"), refused("three"));
    var opening = readiness.missing();
    meshes = List.of(inForce("one"), inForce("two"), refused("three"));

    assertThat(reading).containsExactly("the Meshes have not been read yet");
    assertThat(opening).containsExactly("mesh 'one' is being opened");
    assertThat(readiness.missing()).isEmpty();
  }

  @Test
  void anAuthorityThatDoesNotAnswerHoldsItUpForTenSecondsAtMost() {
    meshes = List.of(opening("stalled"));
    var atFirst = readiness.missing();
    time.advance(Duration.ofSeconds(9));
    var late = readiness.missing();
    time.advance(Duration.ofSeconds(1));

    assertThat(atFirst).isNotEmpty();
    assertThat(late).isNotEmpty();
    assertThat(readiness.missing()).isEmpty();
  }

  @Test
  void staysReadyWhateverIsAppliedAfterwards() {
    assertThat(readiness.missing()).isEmpty();

    meshes = List.of(opening("new"));
    startingUp = List.of("the API server is away");

    assertThat(readiness.missing()).isEmpty();
  }

  @Test
  void isNotReadyOnceItDrains() {
    assertThat(readiness.missing()).isEmpty();

    readiness.drain();

    assertThat(readiness.missing()).containsExactly("the server is draining");
  }

  private static MeshStatus opening(String name) {
    return status(name, Optional.empty(), Optional.empty());
  }

  private static MeshStatus inForce(String name) {
    var mesh = new Mesh(name, IdentityTemplate.of(name), Optional.empty(), List.of(), false);
    return status(name, Optional.of(mesh), Optional.empty());
  }

  private static MeshStatus refused(String name) {
    var refusal = new MeshStatus.Refusal("no such issuer", FakeTime.NOON, Optional.empty());
    return status(name, Optional.empty(), Optional.of(refusal));
  }

  private static MeshStatus status(
      String name, Optional<Mesh> mesh, Optional<MeshStatus.Refusal> refusal) {
    return new MeshStatus(
        name,
        mesh,
        mesh.map(one -> FakeTime.NOON),
        List.of(),
        List.of(),
        new Versioned<>(TrustBundle.EMPTY, ""),
        List.of(),
        refusal);
  }
}
