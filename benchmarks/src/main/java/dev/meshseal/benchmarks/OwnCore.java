package dev.meshseal.benchmarks;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Gives some processes the first core, and this process and all others that it has started the
 * rest, until it is closed: so that who asks takes no time from who is asked.
 */
final class OwnCore implements AutoCloseable {
  private static final String THEIRS = "0";
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private OwnCore() {}

  /**
   * @throws IllegalStateException if there is only one core
   */
  static OwnCore of(List<Child> asked) {
    if (CORES < 2) {
      throw new IllegalStateException("who asks and who is asked need a core each; there is one");
    }
    var theirs =
        asked.stream()
            .flatMap(child -> ProcessHandle.of(child.pid()).stream())
            .flatMap(OwnCore::withDescendants)
            .collect(Collectors.toSet());
    theirs.forEach(process -> keep(process, THEIRS));
    others(theirs).forEach(process -> keep(process, "1-" + (CORES - 1)));
    return new OwnCore();
  }

  private static Stream<ProcessHandle> others(Set<ProcessHandle> theirs) {
    return withDescendants(ProcessHandle.current()).filter(process -> !theirs.contains(process));
  }

  private static Stream<ProcessHandle> withDescendants(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants());
  }

  private static void keep(ProcessHandle process, String cores) {
    Child.output(
        List.of("taskset", "--all-tasks", "--pid", "--cpu-list", cores, "" + process.pid()));
  }

  /** What the processes have that are asked. */
  String cores() {
    return THEIRS;
  }

  @Override
  public void close() {
    withDescendants(ProcessHandle.current()).forEach(process -> keep(process, "0-" + (CORES - 1)));
  }
}
