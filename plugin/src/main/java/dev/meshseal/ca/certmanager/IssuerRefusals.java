package dev.meshseal.ca.certmanager;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.certmanager.IssuerState.Absent;
import dev.meshseal.ca.certmanager.IssuerState.Forbidden;
import dev.meshseal.ca.certmanager.IssuerState.NoSuchKind;
import dev.meshseal.ca.certmanager.IssuerState.NotReady;
import dev.meshseal.ca.certmanager.IssuerState.Ready;
import dev.meshseal.ca.certmanager.IssuerState.Unavailable;
import java.util.Optional;

/** Which issuers are not asked, and why. */
record IssuerRefusals(BackendRef backend, IssuerWords issuer) {
  private static final String CHAIN =
      "make a Certificate with isCA: true from it, and a CA issuer on the Secret of that";

  /** Why an issuer in this state is not asked, if it is not. */
  Optional<CaException> of(IssuerState state) {
    return switch (state) {
      case Ready ready -> ready.type().flatMap(this::unusable);
      case NotReady waiting ->
          waiting.type().flatMap(this::unusable).or(() -> Optional.of(notReady(waiting)));
      case Absent absent -> Optional.of(absent(absent));
      case NoSuchKind unknown -> Optional.of(noSuchKind(unknown));
      case Forbidden forbidden -> Optional.empty();
      case Unavailable unavailable ->
          Optional.of(
              CaException.unavailable(
                  "%s: %s could not be read: %s"
                      .formatted(backend, issuer, unavailable.message())));
    };
  }

  private Optional<CaException> unusable(String type) {
    return switch (type) {
      case "selfSigned" -> Optional.of(selfSigned());
      case "acme" ->
          Optional.of(
              CaException.rejected(
                  "%s: %s is of type ACME, which issues for DNS names only and never for a SPIFFE ID; use an issuer of type CA, Vault or Venafi, or one of another group"
                      .formatted(backend, issuer)));
      default -> Optional.empty();
    };
  }

  CaException selfSigned() {
    return CaException.rejected(
        "%s: %s is of type SelfSigned, which makes every proxy an authority of its own that no other trusts; %s"
            .formatted(backend, issuer, CHAIN));
  }

  private CaException notReady(NotReady waiting) {
    return CaException.unavailable(
        "%s: waits until %s is Ready; it is not: %s"
            .formatted(backend, issuer, said(waiting.reason(), waiting.message())));
  }

  private CaException absent(Absent absent) {
    return absent
        .namesake()
        .map(
            namesake ->
                CaException.unavailable(
                    "%s: there is no %s, but there is a %s; set conf.issuerRef.kind to %s"
                        .formatted(
                            backend,
                            issuer,
                            new IssuerWords(namesake, issuer.namespace()),
                            namesake.kind())))
        .orElseGet(
            () ->
                CaException.unavailable(
                    "%s: there is no %s; create it%s, or correct conf.issuerRef"
                        .formatted(backend, issuer, place())));
  }

  private String place() {
    return issuer.issuer().kind().equals("Issuer")
        ? " there, where our requests are, not beside the workloads"
        : "";
  }

  private CaException noSuchKind(NoSuchKind unknown) {
    return CaException.unavailable(
        issuer.isCertManagersOwn()
            ? "%s: cert-manager is not installed: %s".formatted(backend, unknown.message())
            : "%s: nobody serves issuers of kind '%s' in group '%s': %s; install that issuer, or correct conf.issuerRef"
                .formatted(
                    backend, issuer.issuer().kind(), issuer.issuer().group(), unknown.message()));
  }

  /** A reason and a message of a condition, as one clause. */
  static String said(String reason, String message) {
    var words = printable(message);
    var cause = printable(reason);
    if (words.isEmpty()) {
      return cause.isEmpty() ? "no reason is given" : cause;
    }
    return cause.isEmpty() ? words : cause + ": " + words;
  }

  private static String printable(String text) {
    var visible = text.replaceAll("[^ -~]+", " ").strip();
    return visible.length() <= 1_000 ? visible : visible.substring(0, 1_000) + "...";
  }
}
