package dev.meshseal.server.admin;

import dev.meshseal.server.admin.StreamView.DeliveredView;
import dev.meshseal.server.admin.StreamView.Kind;
import dev.meshseal.server.admin.StreamView.SecretView;
import java.time.Duration;

/** Was it sent to the proxy? */
final class SentStep {
  private static final String NAME = "sent";

  private SentStep() {}

  static Step look(Facts facts) {
    var dataplane = facts.dataplane();
    if (dataplane.isEmpty()) {
      return Step.tick(NAME, "nothing to send");
    }
    var refused =
        dataplane.get().streams().stream()
            .flatMap(stream -> stream.secrets().stream())
            .filter(secret -> secret.refused().isPresent())
            .findFirst();
    if (refused.isPresent() && facts.subscription().flatMap(SecretView::sent).isEmpty()) {
      return Step.cross(NAME, refused(facts, refused.get()));
    }
    if (CredentialStep.first(facts, Kind.IDENTITY).isEmpty()) {
      return Step.warning(NAME, asksForNone(facts));
    }
    return sent(facts);
  }

  private static Step sent(Facts facts) {
    var subscription = facts.subscription();
    var sent = subscription.flatMap(SecretView::sent);
    var issued = facts.issued();
    var isNewest =
        sent.flatMap(DeliveredView::serial).equals(issued.map(DataplaneView.LeafView::serial));
    if (sent.isPresent() && isNewest) {
      return Step.tick(
          NAME,
          "%s was sent as '%s' %s"
              .formatted(
                  sent.get().serial().orElse("it"),
                  subscription.orElseThrow().name(),
                  Spans.from(facts.now(), sent.get().at())));
    }
    var overdue =
        issued
            .map(leaf -> Duration.between(leaf.issuedAt(), facts.now()))
            .map(age -> age.compareTo(Proxies.ACK_OVERDUE) > 0)
            .orElse(false);
    var finding = overdue ? doesNotRead(facts) : notYet(facts);
    return sent.isPresent() ? Step.warning(NAME, finding) : Step.cross(NAME, finding);
  }

  private static Finding refused(Facts facts, SecretView secret) {
    return Fault.MS601.found(
        "'%s' asks for '%s' and gets nothing: %s"
            .formatted(facts.id(), secret.name(), secret.refused().orElseThrow()),
        "correct the name in Envoy's tls_certificate_sds_secret_configs; 'meshseal bootstrap' writes"
            + " good ones");
  }

  private static Finding asksForNone(Facts facts) {
    return Fault.MS602.found(
        "'%s' asks for no certificate, only for roots".formatted(facts.id()),
        "if it should have one, add tls_certificate_sds_secret_configs to its TLS contexts");
  }

  private static Finding doesNotRead(Facts facts) {
    return Fault.MS603.found(
        "%s was issued %s, but '%s' does not read what is sent to it"
            .formatted(
                facts.issued().orElseThrow().serial(),
                Spans.from(facts.now(), facts.issued().orElseThrow().issuedAt()),
                facts.id()),
        "look at the load of Envoy's main thread; restart it if it hangs");
  }

  private static Finding notYet(Facts facts) {
    return Fault.MS604.found(
        "nothing was sent to '%s' yet%s"
            .formatted(
                facts.id(),
                facts
                    .subscription()
                    .flatMap(SecretView::waiting)
                    .map(": %s"::formatted)
                    .orElse("")),
        "wait; ask again in a few seconds");
  }
}
