package dev.meshseal.server.admin;

import java.time.Duration;

/** Do the clocks agree? */
final class ClockStep {
  private static final String NAME = "clock";
  private static final Duration TOLERATED = Duration.ofSeconds(5);

  private ClockStep() {}

  static Step look(Facts facts) {
    var early = facts.issued().filter(leaf -> leaf.notBefore().isAfter(facts.now()));
    if (early.isPresent()) {
      return Step.cross(
          NAME,
          Fault.MS902.found(
              "%s is valid from %s, but the server's clock says %s"
                  .formatted(early.get().serial(), early.get().notBefore(), facts.now()),
              "correct the clock of the server or of the authority"));
    }
    var skew = facts.callersClock().map(clock -> Duration.between(facts.now(), clock));
    return skew.filter(difference -> difference.abs().compareTo(TOLERATED) > 0)
        .map(difference -> Step.warning(NAME, differ(difference)))
        .orElseGet(() -> Step.tick(NAME, "the server's clock says " + facts.now()));
  }

  private static Finding differ(Duration difference) {
    return Fault.MS901.found(
        "your clock is %s %s the server's"
            .formatted(Spans.of(difference), difference.isNegative() ? "behind" : "ahead of"),
        "correct the one that is wrong; certificates live by the clock of each machine");
  }
}
