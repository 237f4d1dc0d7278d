package dev.meshseal.server.auth;

import java.util.List;
import java.util.Optional;

/** Which tokens are good no longer, though their time has not run out. */
public interface Revocations {
  /**
   * Whether a token is revoked. Never blocks.
   *
   * @param mesh the mesh of the token; empty for one that is good in every mesh
   * @param tokenId its {@code jti}
   */
  boolean isRevoked(Optional<String> mesh, String tokenId);

  /** Calls {@code bell} after the answer may have changed, from any thread. */
  default void onChange(Runnable bell) {}

  /** A token that any of these lists is revoked. */
  static Revocations anyOf(List<Revocations> lists) {
    var all = List.copyOf(lists);
    return new Revocations() {
      @Override
      public boolean isRevoked(Optional<String> mesh, String tokenId) {
        return all.stream().anyMatch(list -> list.isRevoked(mesh, tokenId));
      }

      @Override
      public void onChange(Runnable bell) {
        all.forEach(list -> list.onChange(bell));
      }
    };
  }
}
