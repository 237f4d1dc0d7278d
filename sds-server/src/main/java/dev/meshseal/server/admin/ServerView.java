package dev.meshseal.server.admin;

import java.time.Instant;
import java.util.List;

/**
 * This process.
 *
 * @param now the server's own clock
 * @param listeners where it serves, as in {@code 127.0.0.1:5690}
 * @param kubernetes whether data planes may be pods of a cluster
 * @param credentials what of its own can run out: its TLS certificate, its token signing keys
 */
public record ServerView(
    String version,
    String commit,
    Instant startedAt,
    Instant now,
    List<String> listeners,
    boolean kubernetes,
    List<CredentialView> credentials) {
  public ServerView {
    listeners = List.copyOf(listeners);
    credentials = List.copyOf(credentials);
  }
}
