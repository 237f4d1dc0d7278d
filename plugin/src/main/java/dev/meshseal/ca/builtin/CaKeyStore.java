package dev.meshseal.ca.builtin;

import dev.meshseal.ca.CaException;
import dev.meshseal.x509.IssuingCa;
import java.util.Optional;

/**
 * Keeps the certificate and key of each builtin authority as one unit: a reader sees both of one
 * creation, or neither. May block; thread-safe, also between processes.
 */
public interface CaKeyStore {
  /**
   * What is kept for a backend.
   *
   * @throws CaException if what is kept cannot be read, is damaged, or is not ours
   */
  Optional<IssuingCa> read(String mesh, String backend);

  /**
   * Keeps an authority unless one is already kept, and returns the one that is kept now.
   *
   * @throws CaException if it cannot be kept
   */
  IssuingCa createIfAbsent(String mesh, String backend, IssuingCa created);
}
