package dev.meshseal.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.issuance.IssueCause;
import dev.meshseal.issuance.MeshStatus;
import dev.meshseal.issuance.Versioned;
import dev.meshseal.x509.TrustBundle;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BackendLedgerTest {
  private static final BackendRef ONE = new BackendRef("default", "default", "ca-1");
  private static final BackendRef OTHER = new BackendRef("other", "other", "ca-1");

  private final BackendLedger ledger = new BackendLedger(InstantSource.system());

  @Test
  void aWarningIsNewOnceUntilItsMeshIsPutInForceAgain() {
    assertThat(ledger.isNewWarning(ONE)).isTrue();
    assertThat(ledger.isNewWarning(OTHER)).isTrue();
    assertThat(ledger.isNewWarning(ONE)).isFalse();

    ledger.meshApplied(
        new MeshStatus(
            "default",
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            new Versioned<>(TrustBundle.EMPTY, ""),
            List.of(),
            Optional.empty()));

    assertThat(ledger.isNewWarning(ONE)).isTrue();
    assertThat(ledger.isNewWarning(OTHER)).isFalse();
  }

  @Test
  void forgetsTheBackendsOfAMeshThatIsGone() {
    fails(ONE);
    fails(OTHER);

    ledger.meshForgotten("default");

    assertThat(ledger.of(ONE)).isEqualTo(BackendLedger.Facts.NONE);
    assertThat(ledger.of(OTHER).failure()).isPresent();
    assertThat(ledger.remaining(ONE, 1)).isEmpty();
  }

  private void fails(BackendRef backend) {
    var identity =
        new DataplaneIdentity(
            new DataplaneId(backend.mesh(), "web-1"),
            IdentityForm.KUMA,
            List.of("spiffe://%s/web".formatted(backend.mesh())));
    ledger.notIssued(backend, identity, IssueCause.FIRST, CaException.unavailable("away"));
  }
}
