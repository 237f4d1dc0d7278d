package dev.meshseal.server.auth;

import dev.meshseal.identity.DataplaneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A platform that says what it is told to say. */
final class FakeAccounts implements ServiceAccounts {
  final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<Runnable> bells = new ArrayList<>();
  private final Verdict verdict;
  private volatile Optional<String> lost = Optional.empty();

  FakeAccounts(Verdict verdict) {
    this.verdict = verdict;
  }

  @Override
  public Verdict check(String token) {
    asked.add(token);
    return verdict;
  }

  @Override
  public Optional<String> lost(DataplaneId dataplane, String holder) {
    return lost.map(why -> "%s %s %s".formatted(dataplane, holder, why));
  }

  @Override
  public void onLost(Runnable bell) {
    bells.add(bell);
  }

  void lose(String why) {
    lost = Optional.of(why);
    bells.forEach(Runnable::run);
  }
}
