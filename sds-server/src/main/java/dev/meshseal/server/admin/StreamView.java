package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One stream of one proxy.
 *
 * @param service {@code SDS} or {@code ADS}
 * @param variant {@code SOTW} or {@code DELTA}
 * @param credential how logs call what it proved itself with
 * @param userAgent what Envoy says it is; may be empty
 * @param ignoredTypes type URLs asked for that are not served here
 * @param nodeId what Envoy calls itself, where that is not its data plane; proves nothing
 */
public record StreamView(
    String service,
    String variant,
    String peer,
    Instant since,
    Optional<String> credential,
    Optional<Instant> credentialExpiresAt,
    String userAgent,
    List<SecretView> secrets,
    List<String> ignoredTypes,
    Optional<String> nodeId) {
  public StreamView {
    secrets = List.copyOf(secrets);
    ignoredTypes = List.copyOf(ignoredTypes);
  }

  /** A stream whose Envoy calls itself by its data plane. */
  public StreamView(
      String service,
      String variant,
      String peer,
      Instant since,
      Optional<String> credential,
      Optional<Instant> credentialExpiresAt,
      String userAgent,
      List<SecretView> secrets,
      List<String> ignoredTypes) {
    this(
        service,
        variant,
        peer,
        since,
        credential,
        credentialExpiresAt,
        userAgent,
        secrets,
        ignoredTypes,
        Optional.empty());
  }

  /** What a name stands for. */
  public enum Kind {
    TRUST,
    IDENTITY,
    UNKNOWN
  }

  /**
   * One name on the stream.
   *
   * @param nacked the last refusal by the proxy, also when a later version was accepted
   * @param waiting why nothing newer was sent yet, where something is to come
   * @param refused why nothing will be sent, as things are
   */
  public record SecretView(
      String name,
      Kind kind,
      Optional<DeliveredView> sent,
      Optional<DeliveredView> acked,
      Optional<NackedView> nacked,
      Optional<String> waiting,
      Optional<String> refused) {}

  /**
   * A version that went out, or that came back accepted.
   *
   * @param serial of the leaf certificate, of an identity
   */
  public record DeliveredView(String version, Optional<String> serial, Instant at) {}

  public record NackedView(String version, String reason, Instant at) {}
}
