package dev.meshseal.issuance;

import dev.meshseal.ca.CaException;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.issuance.IdentityStatus.Failure;
import dev.meshseal.issuance.IdentityStatus.Issued;
import dev.meshseal.issuance.IdentityStatus.Leaf;
import dev.meshseal.issuance.Timer.Alarm;
import dev.meshseal.x509.IdentityCertificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The certificate of one identity: the current one, the one under way, and the streams that want
 * it. The last good certificate stays until a newer one has passed its check, whatever the
 * authority does.
 *
 * <p>Thread-safe; nothing is called while its lock is held but the timer.
 */
final class IdentitySecret {
  private final DataplaneIdentity identity;
  private final MeshSecrets mesh;
  private final IssuanceContext context;

  private final List<StreamSecrets> streams = new ArrayList<>(1);
  private Optional<Issued> issued = Optional.empty();
  private Optional<Leaf> previous = Optional.empty();
  private Optional<Failure> failure = Optional.empty();
  private Optional<UnderWay> underWay = Optional.empty();
  private boolean discarded;
  private @Nullable IssueCause next;
  private @Nullable Alarm alarm;

  /** One call to an authority; compared by itself. What another took the place of is dropped. */
  private static final class UnderWay {
    private final OpenedBackend by;

    private UnderWay(OpenedBackend by) {
      this.by = by;
    }

    boolean isOf(OpenedBackend other) {
      return by.authority().equals(other.authority());
    }
  }

  IdentitySecret(DataplaneIdentity identity, MeshSecrets mesh, IssuanceContext context) {
    this.identity = identity;
    this.mesh = mesh;
    this.context = context;
  }

  DataplaneIdentity identity() {
    return identity;
  }

  synchronized void join(StreamSecrets stream) {
    streams.add(stream);
    discarded = false;
  }

  /** Somebody wants this certificate: what is missing or overdue is issued. */
  void require(IssueCause causeIfNone) {
    Optional<IssueCause> cause;
    synchronized (this) {
      var now = context.clock().instant();
      if (issued.isPresent() && !issued.get().certificate().expiresAt().isAfter(now)) {
        issued = Optional.empty();
      }
      cause = issued.isEmpty() ? Optional.of(causeIfNone) : outdated(issued.get(), now);
      if (cause.isEmpty()) {
        wakeAt(issued.orElseThrow().leaf().due());
      }
    }
    cause.ifPresent(this::issue);
  }

  /** Returns whether nobody wants it any more, and nothing is worth keeping. */
  synchronized boolean leave(StreamSecrets stream) {
    streams.remove(stream);
    if (!streams.isEmpty()) {
      return false;
    }
    if (issued.isEmpty()) {
      cancelAlarm();
      return underWay.isEmpty();
    }
    // A proxy that comes back is answered at once; it is not renewed while it is away.
    wakeAt(issued.get().certificate().expiresAt());
    return false;
  }

  /** Keeps nothing of it unless a stream wants it. */
  void forget() {
    if (discard()) {
      mesh.forgetIfIdle(this);
    }
  }

  /** Returns whether it can be forgotten now. */
  private synchronized boolean discard() {
    if (!streams.isEmpty()) {
      return false;
    }
    cancelAlarm();
    issued = Optional.empty();
    discarded = true;
    return underWay.isEmpty();
  }

  synchronized boolean isConnected() {
    return !streams.isEmpty();
  }

  /** Returns whether there is nothing left to keep. */
  synchronized boolean isIdle() {
    return streams.isEmpty() && underWay.isEmpty();
  }

  synchronized Answer<IdentityCertificate> answer() {
    if (issued.isPresent()
        && issued.get().certificate().expiresAt().isAfter(context.clock().instant())) {
      var current = issued.get();
      return new Answer.Ready<>(new Versioned<>(current.certificate(), current.leaf().version()));
    }
    return new Answer.Pending<>(
        failure.map(Failure::message).orElse("the certificate is being issued"));
  }

  synchronized IdentityStatus status() {
    return new IdentityStatus(
        identity, issued, previous, failure, underWay.isPresent(), streams.size());
  }

  /** The mesh has changed: issues anew if that makes the current certificate outdated. */
  void reconsider() {
    Optional<IssueCause> cause;
    synchronized (this) {
      if (streams.isEmpty()) {
        return;
      }
      cause =
          issued.isEmpty()
              ? Optional.of(IssueCause.FIRST)
              : outdated(issued.get(), context.clock().instant());
      if (cause.isEmpty() && underWay.isEmpty()) {
        wakeAt(issued.orElseThrow().leaf().due());
      }
      failure = Optional.empty();
    }
    cause.ifPresent(this::issue);
  }

  private Optional<IssueCause> outdated(Issued current, Instant now) {
    var backend = mesh.issuing();
    if (backend.isEmpty()) {
      return Optional.empty();
    }
    return backend
        .get()
        .differsFrom(current.backend())
        .or(
            () ->
                now.isBefore(current.leaf().due())
                    ? Optional.empty()
                    : Optional.of(IssueCause.DUE));
  }

  /**
   * Issues now, or once more after the issuance that is under way. For one at an authority that
   * issues no more nobody waits: it may be why the operator left that authority.
   */
  void issue(IssueCause cause) {
    var opened = mesh.issuing();
    UnderWay call;
    synchronized (this) {
      if (underWay.isPresent() && (opened.isEmpty() || underWay.get().isOf(opened.get()))) {
        next = cause;
        return;
      }
      if (opened.isEmpty() || streams.isEmpty()) {
        return;
      }
      var heldUntil = context.limiter().heldUntil(opened.get().id(), identity);
      if (heldUntil.isPresent()) {
        cancelAlarm();
        alarm = context.timer().at(heldUntil.get(), () -> issue(cause));
        return;
      }
      call = new UnderWay(opened.get());
      underWay = Optional.of(call);
      next = null;
    }
    var asked = context.clock().instant();
    opened.get().lane().execute(() -> callAuthority(call, cause, asked));
  }

  private void callAuthority(UnderWay call, IssueCause cause, Instant asked) {
    var opened = call.by;
    var started = context.clock().instant();
    try {
      var issued = context.issuer().issue(opened, identity, mesh, () -> isWanted(call));
      var certificate = issued.certificate();
      var received = context.clock().instant();
      context.limiter().succeeded(opened.id(), identity);
      mesh.remember(issued.backend(), certificate);
      publish(call, issued.backend(), cause, certificate, received);
      context
          .observer()
          .issued(
              opened.id(),
              identity,
              cause,
              certificate,
              Duration.between(asked, started),
              Duration.between(started, received));
      opened.warning().ifPresent(warning -> context.observer().warned(opened.id(), warning));
    } catch (CaException refused) {
      failed(call, cause, refused);
    } catch (RuntimeException | Error bug) {
      failed(
          call,
          cause,
          CaException.rejected(
              "%s failed to issue for data plane '%s': %s"
                  .formatted(opened.id(), identity.id(), bug),
              bug));
    }
  }

  private void publish(
      UnderWay call,
      OpenedBackend opened,
      IssueCause cause,
      IdentityCertificate certificate,
      Instant received) {
    var due =
        context.rotation().due(received, certificate.expiresAt(), context.random().nextDouble());
    List<StreamSecrets> wake = List.of();
    Optional<IssueCause> again = Optional.empty();
    boolean worthless;
    synchronized (this) {
      if (!isUnderWay(call)) {
        return;
      }
      worthless = discarded && streams.isEmpty();
      if (worthless) {
        underWay = Optional.empty();
      } else {
        again = keep(opened, cause, certificate, received, due);
        wake = List.copyOf(streams);
      }
    }
    if (worthless) {
      mesh.forgetIfIdle(this);
    }
    wake.forEach(StreamSecrets::wake);
    again.ifPresent(this::issue);
  }

  /** With the lock held. */
  private Optional<IssueCause> keep(
      OpenedBackend opened,
      IssueCause cause,
      IdentityCertificate certificate,
      Instant received,
      Instant due) {
    previous = issued.map(Issued::leaf);
    issued =
        Optional.of(
            new Issued(
                certificate,
                opened,
                Leaf.of(certificate, opened.id().name(), cause, received, due)));
    failure = Optional.empty();
    var again = finished(opened);
    wakeAt(streams.isEmpty() ? certificate.expiresAt() : due);
    return again;
  }

  /** Whether anybody waits for what this call brings. */
  private synchronized boolean isWanted(UnderWay call) {
    return isUnderWay(call) && !streams.isEmpty();
  }

  /** With the lock held: whether no other call has taken its place. */
  private boolean isUnderWay(UnderWay call) {
    return underWay.equals(Optional.of(call));
  }

  private void failed(UnderWay call, IssueCause cause, CaException refused) {
    var opened = call.by;
    boolean wanted = isWanted(call);
    // Of a backend that issues no more, a failure says nothing about the one that does.
    boolean counts =
        wanted && mesh.issuing().filter(now -> now.differsFrom(opened).isEmpty()).isPresent();
    var nextTry =
        counts ? context.limiter().failed(opened.id(), identity) : context.clock().instant();
    Optional<IssueCause> again = Optional.empty();
    boolean worthless = false;
    synchronized (this) {
      if (isUnderWay(call)) {
        again = record(opened, cause, refused, nextTry);
        worthless = streams.isEmpty() && issued.isEmpty();
      }
    }
    if (wanted) {
      context.observer().notIssued(opened.id(), identity, cause, refused);
    }
    if (worthless) {
      mesh.forgetIfIdle(this);
    } else {
      again.ifPresent(this::issue);
    }
  }

  /** With the lock held. */
  private Optional<IssueCause> record(
      OpenedBackend opened, IssueCause cause, CaException refused, Instant nextTry) {
    var now = context.clock().instant();
    failure =
        Optional.of(
            new Failure(
                refused.kind(),
                refused.getMessage(),
                failure.map(Failure::since).orElse(now),
                failure.map(Failure::count).orElse(0) + 1,
                nextTry));
    var again = finished(opened);
    if (streams.isEmpty()) {
      issued.ifPresent(kept -> wakeAt(kept.certificate().expiresAt()));
    } else if (again.isEmpty()) {
      cancelAlarm();
      alarm = context.timer().at(nextTry, () -> issue(cause));
    }
    return again;
  }

  /**
   * What was asked for meanwhile, or follows from a change of backend, unless what came is as good.
   */
  private Optional<IssueCause> finished(OpenedBackend by) {
    underWay = Optional.empty();
    var asked = Optional.ofNullable(next).or(() -> moved(by));
    next = null;
    if (asked.isEmpty() || asked.get() == IssueCause.OPERATOR_ASKED) {
      return asked;
    }
    return issued.isEmpty() ? asked : outdated(issued.get(), context.clock().instant());
  }

  /** Why this backend is no longer the one that issues, if it is not and another is. */
  private Optional<IssueCause> moved(OpenedBackend from) {
    return mesh.issuing().flatMap(now -> now.differsFrom(from));
  }

  private void wakeAt(Instant when) {
    cancelAlarm();
    alarm = context.timer().at(when, this::rang);
  }

  private void cancelAlarm() {
    if (alarm != null) {
      alarm.cancel();
      alarm = null;
    }
  }

  private void rang() {
    boolean abandoned;
    synchronized (this) {
      abandoned = streams.isEmpty();
    }
    if (abandoned) {
      mesh.forgetIfIdle(this);
    } else {
      issue(IssueCause.DUE);
    }
  }
}
