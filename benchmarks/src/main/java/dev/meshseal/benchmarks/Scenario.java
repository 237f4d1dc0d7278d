package dev.meshseal.benchmarks;

/** One question of the run. Starts what it needs and leaves nothing running. */
interface Scenario {
  /** As {@code --only} knows it. */
  String name();

  void run(Context context, Results results) throws InterruptedException;
}
