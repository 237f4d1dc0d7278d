package dev.meshseal.server.auth;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.auth.NotAuthenticatedException.Reason;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;

/**
 * Proves a stream by the token of its pod's service account, in its metadata {@code authorization}.
 * Each token is checked on a virtual thread, for the platform is asked; what was proved holds until
 * the token ends, or the pod.
 */
public final class ServiceAccountWayIn implements WayIn {
  static final String EXPECTED = "the token of the pod's service account";

  /** As many streams may wait for their verdict: more than that are no proxies that start. */
  private static final int MOST_WAITING = 20_000;

  private final ServiceAccounts accounts;
  private final Semaphore places;

  public ServiceAccountWayIn(ServiceAccounts accounts) {
    this(accounts, MOST_WAITING);
  }

  ServiceAccountWayIn(ServiceAccounts accounts, int mostWaiting) {
    this.accounts = accounts;
    this.places = new Semaphore(mostWaiting);
  }

  @Override
  public CompletionStage<Credential> authenticate(Metadata headers, Attributes transport) {
    String token;
    try {
      token = AuthorizationHeader.token(headers, EXPECTED);
    } catch (NotAuthenticatedException refused) {
      return CompletableFuture.failedStage(refused);
    }
    if (!places.tryAcquire()) {
      return CompletableFuture.failedStage(
          new NotAuthenticatedException(
              Reason.UNAVAILABLE, "too many streams wait for the check of their tokens"));
    }
    var credential = new CompletableFuture<Credential>();
    Thread.startVirtualThread(() -> check(token, credential));
    return credential.minimalCompletionStage();
  }

  private void check(String token, CompletableFuture<Credential> credential) {
    try {
      credential.complete(credential(accounts.check(token)));
    } catch (RuntimeException | Error failure) {
      credential.completeExceptionally(failure);
    } finally {
      places.release();
    }
  }

  private static Credential credential(ServiceAccounts.Verdict verdict) {
    return switch (verdict) {
      case ServiceAccounts.Verdict.Good good ->
          Credential.of(
                  "pod " + good.dataplane().name(),
                  Credential.Permits.only(good.dataplane()),
                  good.expiresAt())
              .heldBy(good.holder());
      case ServiceAccounts.Verdict.Refused refused ->
          throw new NotAuthenticatedException(refused.reason(), refused.sentence());
      case ServiceAccounts.Verdict.Unavailable unavailable ->
          throw new NotAuthenticatedException(Reason.UNAVAILABLE, unavailable.sentence());
    };
  }

  @Override
  public Optional<NotAuthenticatedException> withdrawn(Credential credential) {
    return credential
        .holder()
        .flatMap(
            holder ->
                accounts.lost(
                    new DataplaneId(
                        credential.permits().mesh().orElseThrow(),
                        credential.permits().name().orElseThrow()),
                    holder))
        .map(sentence -> new NotAuthenticatedException(Reason.GONE, sentence));
  }

  @Override
  public void onChange(Runnable bell) {
    accounts.onLost(bell);
  }
}
