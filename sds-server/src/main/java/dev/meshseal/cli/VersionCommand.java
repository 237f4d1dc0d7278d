package dev.meshseal.cli;

import dev.meshseal.server.admin.BuildInfo;
import picocli.CommandLine.Command;

/** {@code meshseal version}. */
@Command(
    name = "version",
    description = "Print the version, the commit it was built from, and what it runs on.",
    footer = {"", "Example:", "  meshseal version"})
final class VersionCommand implements Runnable {
  private final Console console;

  VersionCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var build = BuildInfo.ofThisBuild();
    console.print("meshseal " + build.version());
    console.print("commit   " + build.commit());
    console.print(
        "java     %s, %s".formatted(Runtime.version(), System.getProperty("java.vm.name")));
  }
}
