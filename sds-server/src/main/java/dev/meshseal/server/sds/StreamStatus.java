package dev.meshseal.server.sds;

import dev.meshseal.identity.DataplaneId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of one live stream.
 *
 * @param dataplane empty until the first request
 * @param credential how logs call it; empty until it is checked
 * @param userAgent what Envoy says it is, as in {@code envoy 1.40.0}; may be empty
 * @param ignoredTypes type URLs asked for that are not served here
 * @param nodeId what Envoy calls itself, where that is not its data plane; proves nothing
 */
public record StreamStatus(
    Service service,
    Variant variant,
    String peer,
    Instant since,
    Optional<String> credential,
    Optional<Instant> credentialExpiresAt,
    Optional<DataplaneId> dataplane,
    String userAgent,
    List<SecretStatus> secrets,
    List<String> ignoredTypes,
    Optional<String> nodeId) {}
