package dev.meshseal.cli;

import dev.meshseal.server.admin.BuildInfo;
import dev.meshseal.server.tls.ServerTls;
import dev.meshseal.x509.CryptoProvider;
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
    console.print("crypto   " + CryptoProvider.best().name());
    console.print("tls      " + ServerTls.engine());
    console.print(
        "java     %s, %s".formatted(Runtime.version(), System.getProperty("java.vm.name")));
  }
}
