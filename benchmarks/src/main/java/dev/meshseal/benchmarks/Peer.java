package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.fleet.FleetPlan;
import java.util.Optional;
import java.util.function.IntFunction;

/** A server under measurement, in a process of its own. */
interface Peer extends AutoCloseable {
  Child process();

  FleetPlan.Target target();

  /** What a stream of this number says of itself in {@code authorization}. */
  IntFunction<Optional<String>> tokens();

  /** How its sidecars must behave for it to work. */
  FleetPlan.Behaviour behaviour();

  /** Pushes a change of the trust bundle to every stream. */
  void push();

  @Override
  void close();
}
