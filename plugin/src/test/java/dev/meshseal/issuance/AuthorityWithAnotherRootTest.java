package dev.meshseal.issuance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.ca.CertificateAuthority;
import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.identity.IdentityTemplate;
import dev.meshseal.identity.Tags;
import dev.meshseal.issuance.TrustedRoot.Reason.Listed;
import dev.meshseal.issuance.TrustedRoot.Reason.Retiring;
import dev.meshseal.mesh.Backend;
import dev.meshseal.mesh.BackendConf;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.testing.FakeCa;
import dev.meshseal.testing.FakeExecutor;
import dev.meshseal.testing.FakeSecrets;
import dev.meshseal.testing.FakeTime;
import dev.meshseal.x509.CertificateCheck;
import dev.meshseal.x509.CryptoProvider;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.IdentityCertificate;
import dev.meshseal.x509.KeyType;
import dev.meshseal.x509.TrustBundle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** An authority behind a name elsewhere, which is given another CA while it is in use. */
class AuthorityWithAnotherRootTest {
  private static final Duration DAY = Duration.ofHours(24);

  private final FakeTime time = new FakeTime();
  private final FakeExecutor work = new FakeExecutor();
  private final Changing authority = new Changing();
  private final FakeObserver observer = new FakeObserver();
  private final List<String> seen = new ArrayList<>();
  private final Meshes meshes =
      new Meshes(
          (ref, backend) -> authority,
          new FakeSecrets(),
          new CertificateCheck(CryptoProvider.best()),
          new Lanes(work, work),
          new IssueLimiter(IssueLimiter.Limits.DEFAULT, time, new Random(1)),
          Rotation.AT_TWO_THIRDS,
          time,
          time,
          new Random(2),
          observer);

  @Test
  void trustsTheNewRootBeforeItHandsOutTheLeafUnderIt() {
    apply();
    var web = open("web-1");
    settle(web);
    authority.change();
    seen.clear();

    time.advance(Duration.ofHours(18));
    settle(web);

    // Trust first, then the leaf: what the stream saw each time it was woken.
    assertThat(seen.getFirst()).isEqualTo("2 roots, leaf of the old");
    assertThat(seen.getLast()).isEqualTo("2 roots, leaf of the new");
  }

  @Test
  void issuesEveryOtherCertificateAnewUnderTheNewRoot() {
    apply();
    var web = open("web-1");
    var db = open("db-1");
    settle(web, db);
    authority.change();

    meshes.renew("default", Optional.of("web-1"));
    settle(web, db);

    assertThat(observer.causes)
        .containsExactly(
            IssueCause.FIRST, IssueCause.FIRST, IssueCause.OPERATOR_ASKED, IssueCause.CA_CHANGED);
    assertThat(issuer(db)).isEqualTo(Fingerprint.of(authority.current.ca().certificate()));
  }

  @Test
  void keepsTheOldRootUntilTheLastLeafUnderItHasExpired() {
    apply();
    var web = open("web-1");
    settle(web);
    authority.change();

    meshes.renew("default", Optional.empty());
    settle(web);
    var during = reasons();
    time.advance(DAY.plusSeconds(1));
    settle(web);

    assertThat(during)
        .hasSize(2)
        .contains(new Listed("ca-1"))
        .anyMatch(reason -> reason instanceof Retiring);
    assertThat(reasons()).containsExactly(new Listed("ca-1"));
  }

  @Test
  void keepsTheNewRootWhenTheMeshIsAppliedAgain() {
    apply();
    var web = open("web-1");
    settle(web);
    authority.change();
    meshes.renew("default", Optional.empty());
    settle(web);
    var before = meshes.statuses().getFirst().trust();

    meshes.reopen("default");
    settle(web);

    assertThat(meshes.statuses().getFirst().trust()).isEqualTo(before);
    assertThat(observer.causes).containsExactly(IssueCause.FIRST, IssueCause.OPERATOR_ASKED);
  }

  // ---- a mesh, its streams and an authority

  private void apply() {
    var backend =
        new Backend(
            "ca-1",
            Backend.Mode.STRICT,
            DAY,
            Optional.empty(),
            Backend.DEFAULT_ROOT_CHAIN_TIMEOUT,
            new BackendConf.Builtin(
                KeyType.EC_P256, BackendConf.Builtin.DEFAULT_CA_LIFETIME, KeyType.EC_P256));
    meshes.apply(
        new Mesh(
            "default",
            IdentityTemplate.of("default"),
            Optional.of("ca-1"),
            List.of(backend),
            false));
    work.runAll();
  }

  private record Stream(DataplaneSecrets secrets) {
    Answer<IdentityCertificate> identity() {
      return secrets.identity(IdentityForm.KUMA);
    }
  }

  private Stream open(String name) {
    var holder = new ArrayList<Stream>();
    var secrets =
        meshes.open(
            Dataplane.of(new DataplaneId("default", name), Tags.service(name)),
            () -> holder.forEach(this::look));
    var stream = new Stream(secrets);
    holder.add(stream);
    stream.identity();
    secrets.trust("default");
    return stream;
  }

  private void look(Stream stream) {
    if (stream.identity() instanceof Answer.Ready<?>) {
      var roots = meshes.statuses().getFirst().trust().value().roots().size();
      boolean isNew = issuer(stream).equals(Fingerprint.of(authority.current.ca().certificate()));
      seen.add("%d roots, leaf of the %s".formatted(roots, isNew ? "new" : "old"));
    }
  }

  private static String issuer(Stream stream) {
    return ((Answer.Ready<IdentityCertificate>) stream.identity()).secret().value().issuer();
  }

  private void settle(Stream... streams) {
    do {
      work.runAll();
      for (var stream : streams) {
        stream.identity();
      }
    } while (work.waiting() > 0);
  }

  private List<TrustedRoot.Reason> reasons() {
    return meshes.statuses().getFirst().roots().stream().map(TrustedRoot::reason).toList();
  }

  /** Says that its root is another only once it has issued under it, as cert-manager does. */
  private final class Changing implements CertificateAuthority {
    private FakeCa current = new FakeCa(time, Duration.ofDays(3650));
    private TrustBundle told = current.trustBundle();

    void change() {
      current = new FakeCa(time, Duration.ofDays(3650));
    }

    @Override
    public TrustBundle trustBundle() {
      return told;
    }

    @Override
    public IdentityCertificate issue(DataplaneIdentity identity, Duration lifetime) {
      var issued = current.issue(identity, lifetime);
      told = current.trustBundle();
      return issued;
    }
  }
}
