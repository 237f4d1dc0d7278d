package dev.meshseal.server.admin;

import dev.meshseal.server.admin.DataplaneView.IdentityView;
import dev.meshseal.server.admin.DataplaneView.LeafView;
import dev.meshseal.server.admin.StreamView.DeliveredView;
import dev.meshseal.server.admin.StreamView.Kind;
import dev.meshseal.server.admin.StreamView.NackedView;
import dev.meshseal.server.admin.StreamView.SecretView;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** Pure: how a proxy does, from what is known of it and the time. */
public final class Proxies {
  /** Envoy gives up its first fetch after 15 s by default (core.v3.ConfigSource). */
  static final Duration ACK_OVERDUE = Duration.ofSeconds(15);

  /** Part of a leaf's life by which its renewal may be behind: renewal is spread by as much. */
  private static final double LATE_BY = 0.1;

  private Proxies() {}

  /** The worst that holds of any of its certificates and of what it trusts. */
  public static ProxyState state(DataplaneView dataplane, Instant now) {
    if (dataplane.streams().isEmpty()) {
      return ProxyState.AWAY;
    }
    return Stream.concat(
            certificates(dataplane, now).stream().map(CertificateView::state),
            secrets(dataplane, Kind.TRUST).map(secret -> delivery(secret, now)))
        .min(Comparator.naturalOrder())
        .orElse(ProxyState.OK);
  }

  /** Every certificate of a proxy; one that nobody could issue is there too. */
  public static List<CertificateView> certificates(DataplaneView dataplane, Instant now) {
    return dataplane.identities().stream()
        .map(identity -> certificate(dataplane, identity, now))
        .toList();
  }

  private static CertificateView certificate(
      DataplaneView dataplane, IdentityView identity, Instant now) {
    var laggard = laggard(dataplane, identity, now);
    var held = held(identity, laggard);
    var leaf = held.or(identity::issued);
    return new CertificateView(
        dataplane.mesh(),
        dataplane.name(),
        identity.form(),
        state(dataplane, identity, laggard, now),
        identity.uris(),
        identity.issued().map(LeafView::backend),
        identity.issued().map(LeafView::serial),
        laggard.flatMap(SecretView::sent).flatMap(DeliveredView::serial),
        laggard.flatMap(SecretView::acked).flatMap(DeliveredView::serial),
        leaf.map(LeafView::expiresAt),
        held.map(known -> OptionalDouble.of(remaining(known, now))).orElse(OptionalDouble.empty()),
        identity.issued().map(LeafView::cause),
        identity.issued().map(LeafView::renewAt),
        laggard.flatMap(Proxies::standingNack).map(NackedView::reason),
        identity.problem().map(ProblemView::message),
        !dataplane.streams().isEmpty());
  }

  private static ProxyState state(
      DataplaneView dataplane, IdentityView identity, Optional<SecretView> laggard, Instant now) {
    if (dataplane.streams().isEmpty()) {
      return ProxyState.AWAY;
    }
    if (held(identity, laggard).map(leaf -> !leaf.expiresAt().isAfter(now)).orElse(false)) {
      return ProxyState.EXPIRED;
    }
    var delivery = laggard.map(secret -> delivery(secret, now)).orElse(ProxyState.OK);
    if (delivery != ProxyState.OK) {
      return delivery;
    }
    if (identity.issued().isEmpty()) {
      return ProxyState.WAITING;
    }
    var issued = identity.issued().orElseThrow();
    if (laggard.isPresent() && unsentFor(laggard.get(), issued, now).compareTo(ACK_OVERDUE) > 0) {
      return ProxyState.STUCK;
    }
    return now.isAfter(lateAfter(issued)) ? ProxyState.LATE : ProxyState.OK;
  }

  /** Of several that ask for the same certificate, the one that is furthest behind. */
  static Optional<SecretView> laggard(DataplaneView dataplane, IdentityView identity, Instant now) {
    return secrets(dataplane, Kind.IDENTITY)
        .filter(secret -> belongs(secret, identity, dataplane))
        .min(
            Comparator.comparing((SecretView secret) -> delivery(secret, now))
                .thenComparing(
                    secret -> secret.acked().map(DeliveredView::at).orElse(Instant.MIN)));
  }

  static Stream<SecretView> secrets(DataplaneView dataplane, Kind kind) {
    return dataplane.streams().stream()
        .flatMap(stream -> stream.secrets().stream())
        .filter(secret -> secret.kind() == kind);
  }

  /** The leaf that the proxy acknowledged, where it is still known. */
  static Optional<LeafView> held(IdentityView identity, Optional<SecretView> secret) {
    return secret
        .flatMap(SecretView::acked)
        .flatMap(DeliveredView::serial)
        .flatMap(
            serial ->
                Stream.concat(identity.issued().stream(), identity.previous().stream())
                    .filter(leaf -> leaf.serial().equals(serial))
                    .findFirst());
  }

  /** The refusal of the newest version that was sent, if the proxy refused it. */
  static Optional<NackedView> standingNack(SecretView secret) {
    return secret
        .nacked()
        .filter(
            nack ->
                secret.acked().map(acked -> acked.at().isBefore(nack.at())).orElse(true)
                    && secret
                        .sent()
                        .map(sent -> sent.version().equals(nack.version()))
                        .orElse(true));
  }

  static ProxyState delivery(SecretView secret, Instant now) {
    if (standingNack(secret).isPresent()) {
      return ProxyState.NACKED;
    }
    if (secret.sent().isEmpty()) {
      return secret.waiting().isPresent() || secret.refused().isPresent()
          ? ProxyState.WAITING
          : ProxyState.OK;
    }
    var sent = secret.sent().orElseThrow();
    var isAcked = secret.acked().map(acked -> acked.version().equals(sent.version())).orElse(false);
    return !isAcked && sent.at().plus(ACK_OVERDUE).isBefore(now) ? ProxyState.STUCK : ProxyState.OK;
  }

  static double remaining(LeafView leaf, Instant now) {
    var life = (double) Duration.between(leaf.notBefore(), leaf.expiresAt()).toMillis();
    var left = Duration.between(now, leaf.expiresAt()).toMillis();
    return life <= 0 ? 0 : Math.clamp(left / life, 0.0, 1.0);
  }

  private static Duration unsentFor(SecretView secret, LeafView issued, Instant now) {
    var isSent =
        secret
            .sent()
            .flatMap(DeliveredView::serial)
            .map(serial -> serial.equals(issued.serial()))
            .orElse(false);
    return isSent ? Duration.ZERO : Duration.between(issued.issuedAt(), now);
  }

  private static Instant lateAfter(LeafView leaf) {
    var life = Duration.between(leaf.notBefore(), leaf.expiresAt());
    return leaf.renewAt().plusMillis(Math.round(life.toMillis() * LATE_BY));
  }

  // Kuma's names ask for Kuma's form, all others for an X509-SVID, unless the mesh fixes one form.
  private static boolean belongs(
      SecretView secret, IdentityView identity, DataplaneView dataplane) {
    if (dataplane.identities().size() == 1) {
      return true;
    }
    var isKumas =
        secret.name().startsWith("identity_cert:secret:")
            || secret.name().startsWith("system_mtls_identity_");
    return identity.form().equals(isKumas ? "kuma" : "svid");
  }
}
