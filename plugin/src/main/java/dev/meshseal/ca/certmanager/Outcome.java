package dev.meshseal.ca.certmanager;

import dev.meshseal.ca.CaException;
import java.time.Duration;
import java.util.Optional;

/** How a request to cert-manager ended. */
public sealed interface Outcome {
  /**
   * @param certificate PEM, as the issuer wrote it: nothing of it has been looked at
   * @param ca what the issuer says its authority is; many say nothing
   */
  record Issued(String certificate, Optional<String> ca) implements Outcome {}

  /** There is no certificate. */
  sealed interface NotIssued extends Outcome {}

  /** An approver said no, which is final. */
  record Denied(String request, String reason, String message) implements NotIssued {}

  /** It is not such as the issuer takes. */
  record Invalid(String request, String reason, String message) implements NotIssued {}

  /** The issuer tried, and could not. */
  record Failed(String request, String reason, String message) implements NotIssued {}

  /** Nothing of these came in time. */
  record TimedOut(String request, Duration after, Standing last) implements NotIssued {}

  /**
   * It could not be created.
   *
   * @param message a clause that says why, and what to do
   */
  record NotCreated(CaException.Kind kind, String message) implements NotIssued {}

  /** How a request stands that has not ended. */
  sealed interface Standing {
    /** Nobody has approved or denied it. */
    record NotApproved() implements Standing {}

    /** It is approved, and no controller has touched it. */
    record Untouched() implements Standing {}

    /** Its issuer waits for something. */
    record Pending(String reason, String message) implements Standing {}

    /** It is said to be ready, and holds no certificate. */
    record ReadyWithoutCertificate() implements Standing {}

    /** Somebody deleted it. */
    record Gone() implements Standing {}
  }
}
