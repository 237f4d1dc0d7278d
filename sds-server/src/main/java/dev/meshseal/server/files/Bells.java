package dev.meshseal.server.files;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Those who want to hear that something changed. Thread-safe. */
final class Bells {
  private final List<Runnable> bells = new CopyOnWriteArrayList<>();

  void add(Runnable bell) {
    bells.add(bell);
  }

  void ring() {
    bells.forEach(Runnable::run);
  }
}
