package dev.meshseal.server;

import dev.meshseal.server.admin.Metrics;
import dev.meshseal.server.admin.RefusedView;
import dev.meshseal.server.admin.StreamView;
import dev.meshseal.server.auth.NotAuthenticatedException;
import dev.meshseal.server.sds.SdsObserver;
import dev.meshseal.server.sds.SecretKind;
import dev.meshseal.server.sds.Service;
import dev.meshseal.server.sds.Variant;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Counts what happens on streams, and keeps the last refusals for those who ask why. */
final class StreamMetrics implements SdsObserver {
  private static final int REFUSALS = 100;

  private final Metrics metrics;
  private final InstantSource clock;
  private final Deque<RefusedView> refused = new ArrayDeque<>();

  StreamMetrics(Metrics metrics, InstantSource clock) {
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Newest first. */
  List<RefusedView> refused() {
    synchronized (refused) {
      var newestFirst = new ArrayList<>(refused);
      Collections.reverse(newestFirst);
      return newestFirst;
    }
  }

  @Override
  public void streamOpened(Service service, Variant variant) {
    metrics.streamOpened(service.name(), variant.name());
  }

  @Override
  public void streamClosed(Service service, Variant variant) {
    metrics.streamClosed(service.name(), variant.name());
  }

  @Override
  public void ended(Ended why) {
    metrics.streamEnded(why.name());
  }

  @Override
  public void authFailed(NotAuthenticatedException.Reason reason) {
    metrics.authFailed(reason.name());
  }

  @Override
  public void refused(String peer, Optional<String> nodeId, String reason, String message) {
    synchronized (refused) {
      if (refused.size() == REFUSALS) {
        refused.removeFirst();
      }
      refused.addLast(new RefusedView(clock.instant(), peer, nodeId, reason, message));
    }
  }

  @Override
  public void sent(SecretKind kind) {
    metrics.sent(view(kind));
  }

  @Override
  public void acked(SecretKind kind, Duration sinceSent) {
    metrics.acked(view(kind), sinceSent);
  }

  @Override
  public void nacked(SecretKind kind, String reason) {
    metrics.nacked(view(kind), reason);
  }

  @Override
  public void refusedName(RefusedName reason) {
    metrics.refusedName(reason.name());
  }

  @Override
  public void unknownType(String typeUrl) {
    metrics.unknownType();
  }

  @Override
  public void firstSecret(Duration sinceOpened) {
    metrics.firstSecret(sinceOpened);
  }

  static StreamView.Kind view(SecretKind kind) {
    return switch (kind) {
      case TRUST -> StreamView.Kind.TRUST;
      case IDENTITY -> StreamView.Kind.IDENTITY;
      case UNKNOWN -> StreamView.Kind.UNKNOWN;
    };
  }
}
