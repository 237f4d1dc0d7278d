package dev.meshseal.ca.certmanager;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.ca.certmanager.Outcome.Denied;
import dev.meshseal.ca.certmanager.Outcome.Failed;
import dev.meshseal.ca.certmanager.Outcome.Invalid;
import dev.meshseal.ca.certmanager.Outcome.NotCreated;
import dev.meshseal.ca.certmanager.Outcome.Standing;
import dev.meshseal.ca.certmanager.Outcome.Standing.Gone;
import dev.meshseal.ca.certmanager.Outcome.Standing.NotApproved;
import dev.meshseal.ca.certmanager.Outcome.Standing.Pending;
import dev.meshseal.ca.certmanager.Outcome.Standing.ReadyWithoutCertificate;
import dev.meshseal.ca.certmanager.Outcome.Standing.Untouched;
import dev.meshseal.ca.certmanager.Outcome.TimedOut;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Why a request brought no certificate: what cert-manager says, in its own words, and what to do.
 * The name of the request is not in it: the request is deleted, and what is the same each time is
 * told once.
 *
 * @param who for whom it was, as in {@code did not issue for data plane 'default/web-1'}
 */
record RequestRefusals(
    BackendRef backend, IssuerWords issuer, String who, List<String> uris, List<String> usages) {

  /** What upstream authorities are known to say, and what helps. */
  private record Remedy(Pattern words, String remedy) {
    static Remedy of(String words, String remedy) {
      return new Remedy(Pattern.compile(words, Pattern.CASE_INSENSITIVE), remedy);
    }
  }

  private static final List<Remedy> REMEDIES =
      List.of(
          Remedy.of(
              "URI Subject Alternative Name|allowed_uri_sans|URI SAN",
              "let the Vault role's allowed_uri_sans have %1$s"),
          Remedy.of(
              "common.?name.*(required|not allowed)|require_cn",
              "set require_cn=false on the Vault role, or conf.commonName here"),
          Remedy.of("role requires keys of type|key type", "set key_type=any on the Vault role"),
          Remedy.of("sealed", "unseal Vault; the next try follows by itself"),
          Remedy.of(
              "Code: 403|permission denied",
              "grant 'update' on the issuer's path to its Vault token; that the issuer is Ready"
                  + " tells of its login only"),
          Remedy.of(
              "past .*(issuer|CA|expiration)|NotAfter",
              "renew the CA of the issuer, or shorten dpCert.rotation.expiration"),
          Remedy.of(
              "AccessDenied", "allow the issuer's AWS identity to issue from this CA and template"),
          Remedy.of("InvalidState|is not ACTIVE", "the CA is not ACTIVE: look at its status"),
          Remedy.of(
              "Throttling|LimitExceeded|rate exceeded",
              "raise the CA's quota, or issue more slowly"));

  CaException of(Outcome.NotIssued outcome) {
    return switch (outcome) {
      case Denied denied ->
          rejected(
              "its request was denied: %s; that is final: have the approver's policy allow the URIs %s, the usages %s and this duration"
                  .formatted(said(denied.reason(), denied.message()), uris, usages));
      case Invalid invalid ->
          rejected(
              "its request is invalid to cert-manager: %s; change conf.commonName, conf.dnsNames or conf.leafKey to what the issuer takes"
                  .formatted(said(invalid.reason(), invalid.message())));
      // Vault's and AWS's issuers fail for good over what passes: it is asked again.
      case Failed failed ->
          unavailable(
              "%s failed: %s; %s"
                  .formatted(
                      issuer,
                      said(failed.reason(), failed.message()),
                      remedy(failed.reason() + " " + failed.message())));
      case TimedOut late ->
          unavailable(
              "its request has waited %d s: %s"
                  .formatted(late.after().toSeconds(), waitsFor(late.last())));
      case NotCreated refused ->
          switch (refused.kind()) {
            case REJECTED -> rejected(refused.message());
            case UNAVAILABLE -> unavailable(refused.message());
          };
    };
  }

  private String waitsFor(Standing standing) {
    return switch (standing) {
      case NotApproved none ->
          "nobody has approved it; let cert-manager approve '%s' (its value approveSignerNames, or the verb approve on signers), or have a CertificateRequestPolicy fit it and bind the verb use to our account"
              .formatted(issuer.signer());
      case Untouched none ->
          issuer.isCertManagersOwn()
              ? "it is approved, but no controller acts on it; see that cert-manager's controller"
                  + " runs"
              : "it is approved, but nobody serves the group '%s'; see that the controller of %s runs"
                  .formatted(issuer.issuer().group(), issuer);
      case Pending pending ->
          "%s keeps it pending: %s; %s"
              .formatted(
                  issuer,
                  said(pending.reason(), pending.message()),
                  remedy(pending.reason() + " " + pending.message()));
      case ReadyWithoutCertificate none ->
          "%s says that it is ready, but gave no certificate; look at the log of its controller"
              .formatted(issuer);
      case Gone none ->
          "somebody deleted it; see who else deletes certificaterequests in namespace '%s'"
              .formatted(issuer.namespace());
    };
  }

  private String remedy(String words) {
    return REMEDIES.stream()
        .filter(known -> known.words().matcher(words).find())
        .findFirst()
        .map(known -> known.remedy().formatted(uris))
        .orElse("mend that at the issuer; the next try follows by itself");
  }

  /** The issuer gave something that no proxy may be given. */
  CaException answered(String what, String remedy) {
    return rejected("%s answered with %s; %s".formatted(issuer, what, remedy));
  }

  CaException rejected(String why) {
    return CaException.rejected("%s %s: %s".formatted(backend, who, why));
  }

  private CaException unavailable(String why) {
    return CaException.unavailable("%s %s: %s".formatted(backend, who, why));
  }

  private static String said(String reason, String message) {
    return IssuerRefusals.said(reason, message);
  }
}
