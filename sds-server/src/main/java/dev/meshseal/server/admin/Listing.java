package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.List;

/**
 * The answer to a question for many.
 *
 * @param now the server's clock
 */
public record Listing<T>(Instant now, List<T> items) {
  public Listing {
    items = List.copyOf(items);
  }
}
