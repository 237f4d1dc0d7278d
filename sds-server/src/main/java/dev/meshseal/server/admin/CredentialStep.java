package dev.meshseal.server.admin;

import dev.meshseal.server.admin.StreamView.SecretView;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** Is the proxy connected, and as whom? */
final class CredentialStep {
  private static final String NAME = "credential";
  private static final Duration ENDS_SOON = Duration.ofHours(1);

  private CredentialStep() {}

  static Step look(Facts facts) {
    if (facts.isConnected()) {
      return connected(facts);
    }
    if (!facts.refused().isEmpty()) {
      return Step.cross(NAME, refused(facts, facts.refused().getFirst()));
    }
    if (facts.mesh().isEmpty()) {
      return Step.warning(NAME, "no connection of '%s' was seen".formatted(facts.id()));
    }
    return Step.cross(NAME, facts.dataplane().isPresent() ? away(facts) : neverSeen(facts));
  }

  private static Step connected(Facts facts) {
    var streams = facts.dataplane().orElseThrow().streams();
    var first = streams.stream().map(StreamView::since).min(Instant::compareTo).orElseThrow();
    var says =
        "connected since %s on %d stream%s as %s%s"
            .formatted(
                first,
                streams.size(),
                streams.size() == 1 ? "" : "s",
                streams.getFirst().credential().orElse("itself"),
                streams.getFirst().userAgent().isEmpty()
                    ? ""
                    : ", " + streams.getFirst().userAgent());
    return streams.stream()
        .flatMap(stream -> stream.credentialExpiresAt().stream())
        .min(Instant::compareTo)
        .filter(end -> end.isBefore(facts.now().plus(ENDS_SOON)))
        .map(end -> Step.warning(NAME, endsSoon(facts, end)))
        .orElseGet(() -> Step.tick(NAME, says));
  }

  private static Finding endsSoon(Facts facts, Instant end) {
    return Fault.MS112.found(
        "the credential of '%s' ends %s; its streams end with it"
            .formatted(facts.id(), Spans.from(facts.now(), end)),
        newToken(facts));
  }

  private static Finding neverSeen(Facts facts) {
    return Fault.MS101.found(
        "no connection of '%s' was seen since the server started %s"
            .formatted(facts.id(), Spans.from(facts.now(), facts.server().startedAt())),
        "check that Envoy runs with node.id '%s' and can reach %s; its log and its statistic"
                .formatted(facts.id().nodeId(), facts.server().listeners())
            + " cluster.*.upstream_cx_connect_fail say more");
  }

  private static Finding away(Facts facts) {
    var last =
        facts.dataplane().orElseThrow().streams().stream()
            .flatMap(stream -> stream.secrets().stream())
            .flatMap(secret -> secret.acked().map(acked -> acked.at()).stream())
            .max(Instant::compareTo);
    return Fault.MS111.found(
        "'%s' has no stream open now%s%s"
            .formatted(
                facts.id(),
                last.map(at -> ", its last ACK was " + Spans.from(facts.now(), at)).orElse(""),
                facts
                    .issued()
                    .map(
                        leaf ->
                            "; what it holds ends at the latest "
                                + Spans.from(facts.now(), leaf.expiresAt()))
                    .orElse("")),
        "check that Envoy runs and reaches %s over a plain TCP path; set keepalive on its SDS cluster"
            .formatted(facts.server().listeners()));
  }

  private static Finding refused(Facts facts, RefusedView refused) {
    var sentence =
        "'%s' was refused %s: %s"
            .formatted(facts.id(), Spans.from(facts.now(), refused.at()), refused.message());
    return fault(refused.reason()).found(sentence, remedy(facts, refused.reason()));
  }

  private static Fault fault(String reason) {
    return switch (reason.toLowerCase(Locale.ROOT)) {
      case "missing" -> Fault.MS102;
      case "malformed", "algorithm" -> Fault.MS103;
      case "unknown_key" -> Fault.MS104;
      case "signature" -> Fault.MS105;
      case "expired" -> Fault.MS106;
      case "not_yet_valid" -> Fault.MS107;
      case "revoked" -> Fault.MS108;
      case "peer" -> Fault.MS110;
      case "audience", "not_bound", "foreign" -> Fault.MS113;
      case "gone" -> Fault.MS114;
      case "unavailable" -> Fault.MS115;
      default -> Fault.MS109;
    };
  }

  private static String remedy(Facts facts, String reason) {
    return switch (fault(reason)) {
      case MS102 -> "let Envoy send the token as metadata 'authorization'; " + newToken(facts);
      case MS107 -> "compare the clocks of this server and of where the token was made";
      case MS110 ->
          "start Envoy as the user that the socket is bound to, or change uid= of --listen";
      case MS113 ->
          "let Envoy send the projected token of its pod, with audience meshseal; 'meshseal inject'"
              + " adds one";
      case MS114 -> "let the pod that runs now connect; 'kubectl get pods -A' lists them";
      case MS115 -> "see that the server reaches the API server, and may create tokenreviews";
      case MS109 -> "make node.id, tags and token agree; " + newToken(facts);
      default -> newToken(facts);
    };
  }

  private static String newToken(Facts facts) {
    var pod =
        "where it is a pod, see that Envoy sends its projected token, as 'meshseal inject' has it;"
            + " else ";
    return (facts.server().kubernetes() ? pod : "")
        + "run 'meshseal token generate --mesh %s --name %s --valid-for 720h' and write it where Envoy reads it"
            .formatted(facts.id().mesh(), facts.id().name());
  }

  /** Whether any name was asked for, used by the steps that follow. */
  static Optional<SecretView> first(Facts facts, StreamView.Kind kind) {
    return facts.dataplane().flatMap(view -> Proxies.secrets(view, kind).findFirst());
  }
}
