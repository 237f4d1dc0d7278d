package dev.meshseal.server.admin;

import java.util.List;

/**
 * The roots that proxies trust.
 *
 * @param version the hash by which proxies acknowledge it
 */
public record BundleView(String version, List<RootView> roots) {
  public BundleView {
    roots = List.copyOf(roots);
  }
}
