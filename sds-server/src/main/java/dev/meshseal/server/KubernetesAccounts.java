package dev.meshseal.server;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.kubernetes.pods.Pods;
import dev.meshseal.kubernetes.pods.Review;
import dev.meshseal.kubernetes.pods.Standing;
import dev.meshseal.kubernetes.pods.TokenReviews;
import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import dev.meshseal.server.auth.ServiceAccounts;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Service accounts of a cluster: the API server reviews the token, the pods say who it is of. */
public final class KubernetesAccounts implements ServiceAccounts {
  private static final Logger LOG = LoggerFactory.getLogger(KubernetesAccounts.class);

  private final TokenReviews reviews;
  private final Pods pods;
  private final CopyOnWriteArrayList<Runnable> bells = new CopyOnWriteArrayList<>();
  private final AtomicInteger lost = new AtomicInteger();

  public KubernetesAccounts(TokenReviews reviews, Pods pods) {
    this.reviews = reviews;
    this.pods = pods;
  }

  /** From now on hears of pods that change and of those that are lost. */
  public void follow(Consumer<DataplaneId> dataplaneChanged) {
    pods.listen(
        new Pods.Listener() {
          @Override
          public void changed(DataplaneId dataplane) {
            dataplaneChanged.accept(dataplane);
          }

          @Override
          public void lost() {
            ring();
          }
        });
  }

  // Each bell looks at every stream: pods that go together are one ringing, and it is not the
  // thread that hears of pods that waits for it.
  private void ring() {
    if (lost.getAndIncrement() == 0) {
      Thread.startVirtualThread(this::ringForAll);
    }
  }

  private void ringForAll() {
    int heard;
    do {
      heard = lost.get();
      try {
        bells.forEach(Runnable::run);
      } catch (RuntimeException bug) {
        LOG.error("the streams of pods that are gone could not be ended", bug);
      }
    } while (lost.addAndGet(-heard) != 0);
  }

  @Override
  public Verdict check(String token) {
    return switch (reviews.review(token)) {
      case Review.Good good -> verdict(good, pods.standing(good));
      case Review.Refused refused ->
          new Verdict.Refused(reason(refused.cause()), refused.sentence());
      case Review.Unavailable away -> new Verdict.Unavailable(away.sentence());
    };
  }

  private static Verdict verdict(Review.Good token, Standing standing) {
    return switch (standing) {
      case Standing.There there ->
          new Verdict.Good(there.dataplane().id(), token.podUid(), token.expiresAt());
      case Standing.Gone gone -> new Verdict.Refused(Reason.GONE, gone.sentence());
      case Standing.Unknown unknown -> new Verdict.Unavailable(unknown.sentence());
    };
  }

  private static Reason reason(Review.Cause cause) {
    return switch (cause) {
      case MALFORMED -> Reason.MALFORMED;
      case EXPIRED -> Reason.EXPIRED;
      case NOT_YET_VALID -> Reason.NOT_YET_VALID;
      case AUDIENCE -> Reason.AUDIENCE;
      case NOT_BOUND -> Reason.NOT_BOUND;
      case GONE -> Reason.GONE;
      case FOREIGN -> Reason.FOREIGN;
    };
  }

  @Override
  public Optional<String> lost(DataplaneId dataplane, String holder) {
    return pods.lost(dataplane, holder);
  }

  @Override
  public void onLost(Runnable bell) {
    bells.add(bell);
  }
}
