package dev.meshseal.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code meshseal renew}. */
@Command(
    name = "renew",
    description = "Issue new certificates now, for one proxy or for every proxy of a mesh.",
    footer = {
      "",
      "Examples:",
      "  meshseal renew default/web-1",
      "  meshseal renew default --admin-token-file /var/lib/meshseal/admin-token",
      "",
      "What proxies hold stays in use until the new certificate is there. Needs the admin token."
    })
final class RenewCommand implements Runnable {
  @Parameters(paramLabel = "MESH[/NAME]", description = "A mesh, or one proxy of it.")
  private String target = "";

  @Mixin private AdminOptions admin = new AdminOptions();

  private final Console console;

  RenewCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (!target.matches("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?")) {
      throw CliException.wrongUsage(
          "what to renew is MESH or MESH/NAME, got '%s'".formatted(target));
    }
    var parts = target.split("/", -1);
    var answer =
        admin
            .client(console)
            .post(
                "/api/v1/meshes/%s/renew%s"
                    .formatted(
                        parts[0],
                        parts.length == 2 ? "?dataplane=" + AdminClient.encoded(parts[1]) : ""));
    var renewing = answer.path("renewing").asInt(0);
    console.print(
        "%d certificate%s being renewed; 'meshseal get certificates --mesh %s' shows how it goes"
            .formatted(renewing, renewing == 1 ? " is" : "s are", parts[0]));
  }
}
