package dev.meshseal.server.sds;

import dev.meshseal.server.auth.NotAuthenticatedException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down what it is told. Thread-safe. */
final class CountingObserver implements SdsObserver {
  private final List<String> told = new CopyOnWriteArrayList<>();

  List<String> told() {
    return told;
  }

  long count(String what) {
    return told.stream().filter(what::equals).count();
  }

  @Override
  public void streamOpened(Service service, Variant variant) {
    told.add("opened");
  }

  @Override
  public void streamClosed(Service service, Variant variant) {
    told.add("closed");
  }

  @Override
  public void ended(Ended why) {
    told.add("ended " + why);
  }

  @Override
  public void authFailed(NotAuthenticatedException.Reason reason) {
    told.add("not authenticated " + reason);
  }

  @Override
  public void sent(SecretKind kind) {
    told.add("sent " + kind);
  }

  @Override
  public void acked(SecretKind kind, Duration sinceSent) {
    told.add("acked %s after %s".formatted(kind, sinceSent));
  }

  @Override
  public void nacked(SecretKind kind, String reason) {
    told.add("nacked %s: %s".formatted(kind, reason));
  }

  @Override
  public void refusedName(RefusedName reason) {
    told.add("refused name " + reason);
  }

  @Override
  public void unknownType(String typeUrl) {
    told.add("unknown type " + typeUrl);
  }

  @Override
  public void firstSecret(Duration sinceOpened) {
    told.add("first secret after " + sinceOpened);
  }
}
