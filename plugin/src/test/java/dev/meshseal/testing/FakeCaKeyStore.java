package dev.meshseal.testing;

import dev.meshseal.ca.builtin.CaKeyStore;
import dev.meshseal.x509.IssuingCa;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Keeps authorities in memory. */
public final class FakeCaKeyStore implements CaKeyStore {
  private final ConcurrentMap<String, IssuingCa> kept = new ConcurrentHashMap<>();

  @Override
  public Optional<IssuingCa> read(String mesh, String backend) {
    return Optional.ofNullable(kept.get(mesh + "/" + backend));
  }

  @Override
  public IssuingCa createIfAbsent(String mesh, String backend, IssuingCa created) {
    var before = kept.putIfAbsent(mesh + "/" + backend, created);
    return before == null ? created : before;
  }

  /** Replaces what is kept, as somebody with access to the store could. */
  public void put(String mesh, String backend, IssuingCa ca) {
    kept.put(mesh + "/" + backend, ca);
  }
}
