package dev.meshseal.cli;

import dev.meshseal.mesh.Backend;
import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Outbound;
import dev.meshseal.server.bootstrap.Sidecar;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a sidecar does, whether it is one Envoy or in the pods of manifests. */
final class SidecarOptions {
  @Option(
      names = "--inbound",
      paramLabel = "[ADDRESS:]PORT:APP_PORT",
      description = "Take in the mesh's traffic on PORT for the application on APP_PORT.")
  private @Nullable String inbound;

  @Option(
      names = "--mode",
      paramLabel = "strict|permissive",
      defaultValue = "strict",
      description = "Whether --inbound takes plaintext too (default: ${DEFAULT-VALUE}).")
  private Backend.Mode mode = Backend.Mode.STRICT;

  @Option(
      names = "--outbound",
      paramLabel = "PORT=SERVICE@HOST:PORT",
      description = "Offer SERVICE, whose sidecars are at HOST:PORT, on PORT of loopback.")
  private List<String> outbounds = new ArrayList<>();

  @Option(
      names = "--trust-domain",
      paramLabel = "DOMAIN",
      description =
          "The trust domain of the mesh, where the label meshseal.dev/trust-domain sets one.")
  private @Nullable String trustDomain;

  @Option(names = "--delta", description = "Fetch the secrets by the delta protocol.")
  private boolean delta;

  Optional<Optional<Inbound>> inbound(Problems problems) {
    return problems.flag(
        "--inbound", () -> Optional.ofNullable(inbound).map(text -> Inbound.parse(text, mode)));
  }

  Optional<List<Outbound>> outbounds(Problems problems) {
    return problems.flag("--outbound", () -> Outbound.parse(outbounds));
  }

  Optional<Optional<String>> trustDomain(Problems problems) {
    return problems.flag(
        "--trust-domain",
        () -> {
          trustDomain().ifPresent(Sidecar::requireTrustDomain);
          return trustDomain();
        });
  }

  Optional<String> trustDomain() {
    return Optional.ofNullable(trustDomain);
  }

  Delivery delivery() {
    return delta ? Delivery.DELTA : Delivery.SOTW;
  }
}
