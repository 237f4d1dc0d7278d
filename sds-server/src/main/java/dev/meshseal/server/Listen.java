package dev.meshseal.server;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.server.bootstrap.HostPort;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** Where the server accepts SDS streams. */
public sealed interface Listen {
  /** TCP: with TLS, unless plaintext was asked for on loopback. */
  record Tcp(HostPort address) implements Listen {
    @Override
    public String toString() {
      return address.toString();
    }
  }

  /**
   * A Unix socket, without TLS.
   *
   * @param as the one data plane that may connect, without a token
   * @param uid the one user whose processes may connect
   */
  record Unix(Path path, Optional<DataplaneId> as, OptionalInt uid) implements Listen {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /**
   * Reads {@code HOST:PORT} or {@code unix:PATH[,as=MESH/NAME][,uid=N]}.
   *
   * @throws IllegalArgumentException with what would be right
   */
  static Listen parse(String text) {
    if (!text.startsWith("unix:")) {
      return new Tcp(HostPort.parse(text));
    }
    var parts = text.substring("unix:".length()).split(",", -1);
    var as = Optional.<DataplaneId>empty();
    var uid = OptionalInt.empty();
    for (var index = 1; index < parts.length; index++) {
      var part = parts[index];
      if (part.startsWith("as=")) {
        as = Optional.of(DataplaneId.parse(part.substring("as=".length())));
      } else if (part.startsWith("uid=")) {
        uid = OptionalInt.of(uid(part.substring("uid=".length())));
      } else {
        throw new IllegalArgumentException(
            "a socket is written unix:PATH[,as=MESH/NAME][,uid=N], got '%s'".formatted(text));
      }
    }
    if (parts[0].isEmpty()) {
      throw new IllegalArgumentException("'%s' names no socket".formatted(text));
    }
    if (uid.isPresent() && as.isEmpty()) {
      throw new IllegalArgumentException(
          "'%s' has a uid but no as=MESH/NAME; without it a token is asked for".formatted(text));
    }
    return new Unix(Path.of(parts[0]), as, uid);
  }

  private static int uid(String text) {
    try {
      var uid = Integer.parseInt(text);
      if (uid >= 0) {
        return uid;
      }
    } catch (NumberFormatException notANumber) {
      // Said below, with the negative ones.
    }
    throw new IllegalArgumentException("a uid is a number from 0, got '%s'".formatted(text));
  }
}
