package dev.meshseal.cli;

import dev.meshseal.server.admin.BuildInfo;
import dev.meshseal.server.inject.Containers;
import dev.meshseal.server.inject.Containers.Placement;
import dev.meshseal.server.inject.PullPolicy;
import dev.meshseal.server.inject.Resources;
import dev.meshseal.server.inject.RunAs;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the containers run that are added to a pod. */
final class ContainerOptions {
  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      defaultValue = "envoyproxy/envoy:v1.40.0",
      description = "The image of Envoy (default: ${DEFAULT-VALUE}).")
  private String image = "";

  @Option(
      names = "--init-image",
      paramLabel = "IMAGE",
      description =
          "The image of Meshseal, which writes Envoy's bootstrap"
              + " (default: meshseal/meshseal of this version).")
  private @Nullable String initImage;

  @Option(
      names = "--image-pull-policy",
      paramLabel = "Always|IfNotPresent|Never",
      description = "When both images are fetched (default: as Kubernetes has it).")
  private @Nullable String pullPolicy;

  @Option(
      names = "--sidecar",
      paramLabel = "sidecar|container",
      defaultValue = "sidecar",
      description =
          "sidecar: an init container with restartPolicy Always, which starts before the"
              + " application and ends after it (Kubernetes 1.29). container: beside the"
              + " application; not for pods that end (default: ${DEFAULT-VALUE}).")
  private Placement placement = Placement.SIDECAR;

  @Option(
      names = "--run-as-user",
      paramLabel = "N|none",
      defaultValue = "65532",
      description =
          "The user and group of both containers; none: whom the pod or the cluster says, as"
              + " OpenShift does (default: ${DEFAULT-VALUE}).")
  private String runAs = "";

  @Option(
      names = "--cpu-request",
      paramLabel = "CPU",
      defaultValue = "50m",
      description = "The CPU that Envoy asks for (default: ${DEFAULT-VALUE}).")
  private String cpuRequest = "";

  @Option(
      names = "--memory-request",
      paramLabel = "MEMORY",
      defaultValue = "64Mi",
      description = "The memory that Envoy asks for (default: ${DEFAULT-VALUE}).")
  private String memoryRequest = "";

  @Option(
      names = "--memory-limit",
      paramLabel = "MEMORY",
      defaultValue = "512Mi",
      description = "The memory that Envoy may have (default: ${DEFAULT-VALUE}).")
  private String memoryLimit = "";

  /** Reads the flags; the containers may be asked for once none of them is wrong. */
  Supplier<Containers> containers(Problems problems) {
    var policy =
        problems.flag(
            "--image-pull-policy", () -> Optional.ofNullable(pullPolicy).map(PullPolicy::parse));
    var user = problems.flag("--run-as-user", () -> RunAs.parse(runAs));
    var resources =
        problems.flag("inject", () -> new Resources(cpuRequest, memoryRequest, memoryLimit));
    return () ->
        new Containers(
            placement,
            image,
            initImage(),
            policy.orElseThrow(),
            user.orElseThrow(),
            resources.orElseThrow());
  }

  private String initImage() {
    return initImage == null ? "meshseal/meshseal:" + BuildInfo.ofThisBuild().version() : initImage;
  }
}
