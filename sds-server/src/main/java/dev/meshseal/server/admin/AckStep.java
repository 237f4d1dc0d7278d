package dev.meshseal.server.admin;

import dev.meshseal.server.admin.StreamView.DeliveredView;
import dev.meshseal.server.admin.StreamView.NackedView;
import dev.meshseal.server.admin.StreamView.SecretView;

/** Did Envoy take it into use? */
final class AckStep {
  private static final String NAME = "ACK";

  private AckStep() {}

  static Step look(Facts facts) {
    var subscription = facts.subscription();
    if (subscription.isEmpty()) {
      return Step.tick(NAME, "nothing to acknowledge");
    }
    var secret = subscription.get();
    var nack = Proxies.standingNack(secret);
    if (nack.isPresent()) {
      return Step.cross(NAME, nacked(facts, secret, nack.get()));
    }
    var held = facts.held();
    if (held.isPresent() && !held.get().expiresAt().isAfter(facts.now())) {
      return Step.cross(NAME, ended(facts, held.get()));
    }
    return switch (Proxies.delivery(secret, facts.now())) {
      case STUCK ->
          Step.cross(NAME, secret.acked().isEmpty() ? never(facts, secret) : old(facts, secret));
      default -> acked(facts, secret);
    };
  }

  private static Step acked(Facts facts, SecretView secret) {
    return secret
        .acked()
        .map(
            acked ->
                Step.tick(
                    NAME,
                    "Envoy acknowledged %s %s"
                        .formatted(
                            acked.serial().orElse("it"), Spans.from(facts.now(), acked.at()))))
        .orElseGet(() -> Step.tick(NAME, "Envoy has a moment left to acknowledge it"));
  }

  private static Finding nacked(Facts facts, SecretView secret, NackedView nack) {
    return Fault.MS703.found(
        "Envoy refused '%s' of '%s' %s: %s"
            .formatted(
                secret.name(), facts.id(), Spans.from(facts.now(), nack.at()), nack.reason()),
        "it keeps %s; nothing is sent again until there is something new: 'meshseal renew %s' makes it"
            .formatted(holds(facts), facts.id()));
  }

  private static Finding ended(Facts facts, DataplaneView.LeafView held) {
    return Fault.MS704.found(
        "'%s' holds %s, which ended %s"
            .formatted(facts.id(), held.serial(), Spans.from(facts.now(), held.expiresAt())),
        "'meshseal renew %s' issues another; if that is not acknowledged, restart the proxy"
            .formatted(facts.id()));
  }

  private static Finding never(Facts facts, SecretView secret) {
    return Fault.MS701.found(
        "%s was sent as '%s' %s and never acknowledged; Envoy opens its listeners without TLS when"
                .formatted(
                    secret.sent().flatMap(DeliveredView::serial).orElse("a certificate"),
                    secret.name(),
                    Spans.from(facts.now(), secret.sent().orElseThrow().at()))
            + " its first fetch times out",
        "set initial_fetch_timeout: 0s, as 'meshseal bootstrap' does, and restart the proxy");
  }

  private static Finding old(Facts facts, SecretView secret) {
    return Fault.MS702.found(
        "%s was sent %s and not acknowledged; Envoy uses %s"
            .formatted(
                secret.sent().flatMap(DeliveredView::serial).orElse("a newer one"),
                Spans.from(facts.now(), secret.sent().orElseThrow().at()),
                holds(facts)),
        "'meshseal renew %s' sends another; if that is not acknowledged, restart the proxy"
            .formatted(facts.id()));
  }

  private static String holds(Facts facts) {
    return facts
        .held()
        .map(
            leaf ->
                "%s, which ends %s"
                    .formatted(leaf.serial(), Spans.from(facts.now(), leaf.expiresAt())))
        .orElseGet(
            () ->
                facts
                    .subscription()
                    .flatMap(SecretView::acked)
                    .flatMap(DeliveredView::serial)
                    .orElse("nothing"));
  }
}
