package dev.meshseal.testbed;

import dev.meshseal.cli.demo.EnvoyProcess;
import java.nio.file.Path;
import java.time.Duration;

/** The Envoys that the server is tested with: the newest, and one of the oldest still supported. */
public enum EnvoyVersion {
  ENVOY_1_40("envoy-1.40.0"),
  ENVOY_1_36("envoy-1.36.2");

  private final String component;

  EnvoyVersion(String component) {
    this.component = component;
  }

  /** The executable; blocks while it is installed. */
  public Path binary() {
    return Testbed.path(component);
  }

  /** Starts one and waits until its admin answers. */
  public EnvoyProcess start(String bootstrap, Path folder) {
    return EnvoyProcess.start(binary(), bootstrap, folder, Duration.ofSeconds(20));
  }
}
