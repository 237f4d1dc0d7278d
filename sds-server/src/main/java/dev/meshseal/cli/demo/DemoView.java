package dev.meshseal.cli.demo;

import java.util.List;

/** The demonstration at one moment. */
public record DemoView(List<SidecarView> sidecars, RequestLoop.Count requests) {
  public DemoView {
    sidecars = List.copyOf(sidecars);
  }

  /** The rotations that every sidecar has had. */
  public int rotations() {
    return sidecars.stream().mapToInt(SidecarView::rotations).min().orElse(0);
  }
}
