package dev.meshseal.server.admin;

import java.util.List;
import java.util.Optional;

/** What {@code explain} answers: one proxy, or two and whether they can talk. */
public record ExplainReport(List<Explanation> proxies, Optional<PairExplanation> pair) {
  public ExplainReport {
    proxies = List.copyOf(proxies);
  }

  public boolean good() {
    return proxies.stream().allMatch(Explanation::good)
        && pair.map(PairExplanation::good).orElse(true);
  }
}
