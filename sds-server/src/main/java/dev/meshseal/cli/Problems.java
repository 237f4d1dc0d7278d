package dev.meshseal.cli;

import dev.meshseal.mesh.InvalidMeshException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Everything that is wrong with a command's flags and files, told at once. */
final class Problems {
  private final List<String> wrongUsage = new ArrayList<>();
  private final List<String> invalid = new ArrayList<>();

  /** The value of a flag, absent if it cannot be. */
  <T> Optional<T> flag(String flag, Callable<T> read) {
    return read(flag, read, wrongUsage);
  }

  /** What a flag's file holds, absent if it cannot be used. */
  <T> Optional<T> file(String flag, Callable<T> read) {
    return read(flag, read, invalid);
  }

  // Whatever a reader throws is the reader's sentence on the flag.
  @SuppressWarnings("CatchingUnchecked")
  private static <T> Optional<T> read(String flag, Callable<T> read, List<String> problems) {
    try {
      return Optional.of(read.call());
    } catch (InvalidMeshException e) {
      e.violations().forEach(violation -> problems.add("--" + violation));
    } catch (Exception e) {
      problems.add(flag + ": " + Failures.read(e).sentence());
    }
    return Optional.empty();
  }

  /**
   * @throws CliException with every problem; of wrong usage if any is
   */
  void throwIfAny() {
    var all = new ArrayList<>(wrongUsage);
    all.addAll(invalid);
    if (!all.isEmpty()) {
      var sentence = String.join("; ", all);
      throw wrongUsage.isEmpty() ? CliException.no(sentence) : CliException.wrongUsage(sentence);
    }
  }
}
