package dev.meshseal.server;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.issuance.IssuanceObserver;
import dev.meshseal.issuance.IssueCause;
import dev.meshseal.issuance.MeshStatus;
import dev.meshseal.server.admin.Metrics;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.IdentityCertificate;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what issuance does, one line an event, and counts it. The logger {@code
 * dev.meshseal.audit} has every certificate that was ever issued.
 */
record IssuanceLog(Metrics metrics, BackendLedger ledger) implements IssuanceObserver {
  private static final Logger LOG = LoggerFactory.getLogger(IssuanceLog.class);
  private static final Logger AUDIT = LoggerFactory.getLogger("dev.meshseal.audit");

  @Override
  public void issued(
      BackendRef backend,
      DataplaneIdentity identity,
      IssueCause cause,
      IdentityCertificate certificate,
      Duration queued,
      Duration took) {
    ledger.issued(backend, identity, cause, certificate, queued, took);
    metrics.issued(backend.mesh(), backend.name(), cause.name(), queued, took);
    AUDIT
        .atInfo()
        .addKeyValue("mesh", backend.mesh())
        .addKeyValue("backend", backend.name())
        .addKeyValue("dataplane", identity.id().name())
        .addKeyValue("form", identity.form())
        .addKeyValue("uri", identity.uris().getFirst())
        .addKeyValue("cause", cause)
        .addKeyValue("serial", certificate.serial())
        .addKeyValue("expires", certificate.expiresAt())
        .log("certificate issued");
  }

  @Override
  public void notIssued(
      BackendRef backend, DataplaneIdentity identity, IssueCause cause, CaException failure) {
    ledger.notIssued(backend, identity, cause, failure);
    metrics.notIssued(backend.mesh(), backend.name(), cause.name(), failure.kind().name());
    LOG.atWarn()
        .addKeyValue("mesh", backend.mesh())
        .addKeyValue("backend", backend.name())
        .addKeyValue("dataplane", identity.id().name())
        .addKeyValue("cause", cause)
        .addKeyValue("kind", failure.kind())
        .addKeyValue("reason", failure.getMessage())
        .log("certificate not issued");
  }

  /** Once, until the Mesh is put in force again; it stands in {@code get backends} meanwhile. */
  @Override
  public void warned(BackendRef backend, String warning) {
    if (ledger.isNewWarning(backend)) {
      LOG.atWarn()
          .addKeyValue("mesh", backend.mesh())
          .addKeyValue("backend", backend.name())
          .addKeyValue("reason", warning)
          .log("a backend cannot issue, or not for long");
    }
  }

  @Override
  public void meshApplied(MeshStatus status) {
    ledger.meshApplied(status);
    LOG.atInfo()
        .addKeyValue("mesh", status.name())
        .addKeyValue("backend", status.mesh().flatMap(mesh -> mesh.enabledBackend()).orElse("none"))
        .addKeyValue("trust", status.trust().version())
        .addKeyValue(
            "roots", status.roots().stream().map(root -> Fingerprint.of(root.root())).toList())
        .log("mesh in force");
    for (var backend : status.backends()) {
      backend.warning().ifPresent(warning -> warned(backend.id(), warning));
    }
  }

  @Override
  public void meshNotApplied(String mesh, CaException failure) {
    metrics.configRefused();
    LOG.atWarn()
        .addKeyValue("mesh", mesh)
        .addKeyValue("reason", failure.getMessage())
        .log("mesh not in force, what was in force before still is");
  }

  @Override
  public void meshRemoved(String mesh) {
    LOG.atWarn().addKeyValue("mesh", mesh).log("mesh no longer in force");
  }

  @Override
  public void meshForgotten(String mesh) {
    ledger.meshForgotten(mesh);
    metrics.forget(mesh);
  }
}
