package dev.meshseal.server.auth;

import java.util.List;
import java.util.Optional;

/** The public keys that tokens may be signed with. */
public interface VerificationKeys {
  /**
   * The keys of this id that may speak for a mesh: usually one, none if the id is unknown. Never
   * blocks.
   *
   * @param kid the {@code kid} of a token's header, not yet verified
   * @param mesh the mesh that the token claims to be for, not yet verified; empty for every mesh
   */
  List<VerificationKey> find(String kid, Optional<String> mesh);

  /** Calls {@code bell} after a key may have gone, from any thread. */
  default void onChange(Runnable bell) {}

  /** The keys of all these. */
  static VerificationKeys allOf(List<VerificationKeys> sources) {
    var all = List.copyOf(sources);
    return new VerificationKeys() {
      @Override
      public List<VerificationKey> find(String kid, Optional<String> mesh) {
        return all.stream().flatMap(keys -> keys.find(kid, mesh).stream()).toList();
      }

      @Override
      public void onChange(Runnable bell) {
        all.forEach(keys -> keys.onChange(bell));
      }
    };
  }

  /** Keys that stay as they are, as those handed to the server for offline issuers. */
  static VerificationKeys fixed(List<VerificationKey> keys) {
    var all = List.copyOf(keys);
    return (kid, mesh) -> all.stream().filter(key -> key.verifies(kid, mesh)).toList();
  }
}
