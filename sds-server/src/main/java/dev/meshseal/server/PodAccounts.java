package dev.meshseal.server;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.kubernetes.pods.Pods;
import dev.meshseal.kubernetes.pods.Review;
import dev.meshseal.kubernetes.pods.Standing;
import dev.meshseal.kubernetes.pods.TokenReviews;
import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import dev.meshseal.server.auth.ServiceAccounts;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The pods of a cluster as {@link ServiceAccounts}: the token is reviewed, then the pod is found.
 */
final class PodAccounts implements ServiceAccounts {
  private final TokenReviews reviews;
  private final Pods pods;
  private final List<Runnable> bells = new CopyOnWriteArrayList<>();

  /**
   * @param changed is told which data plane has other tags than before
   */
  PodAccounts(TokenReviews reviews, Pods pods, Consumer<DataplaneId> changed) {
    this.reviews = reviews;
    this.pods = pods;
    pods.listen(
        new Pods.Listener() {
          @Override
          public void changed(DataplaneId dataplane) {
            changed.accept(dataplane);
          }

          @Override
          public void lost() {
            bells.forEach(Runnable::run);
          }
        });
  }

  @Override
  public Verdict check(String token) {
    return switch (reviews.review(token)) {
      case Review.Good good -> verdict(good, pods.standing(good));
      case Review.Refused refused ->
          new Verdict.Refused(reason(refused.cause()), refused.sentence());
      case Review.Unavailable unavailable -> new Verdict.Unavailable(unavailable.sentence());
    };
  }

  private static Verdict verdict(Review.Good good, Standing standing) {
    return switch (standing) {
      case Standing.There there ->
          new Verdict.Good(there.dataplane().id(), good.podUid(), good.expiresAt());
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
