package dev.meshseal.x509;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The roots that a proxy must trust: sorted and without duplicates, so that the same roots always
 * make the same bytes and Envoy hears of nothing that did not change.
 */
public final class TrustBundle {
  public static final TrustBundle EMPTY = new TrustBundle(List.of());

  private final List<X509Certificate> roots;
  private final String pem;

  private TrustBundle(List<X509Certificate> roots) {
    this.roots = roots;
    this.pem = Pem.certificates(roots);
  }

  public static TrustBundle of(Collection<X509Certificate> roots) {
    return new TrustBundle(
        roots.stream().distinct().sorted(java.util.Comparator.comparing(Fingerprint::of)).toList());
  }

  public static TrustBundle of(X509Certificate root) {
    return of(List.of(root));
  }

  /**
   * The certificates of a PEM file, each as a root.
   *
   * @throws InvalidPemException if it has none, or anything else
   */
  public static TrustBundle read(byte[] pem) {
    return of(Pem.readCertificates(pem));
  }

  /** The roots of both. */
  public TrustBundle union(TrustBundle other) {
    var all = new ArrayList<>(roots);
    all.addAll(other.roots);
    return of(all);
  }

  public List<X509Certificate> roots() {
    return roots;
  }

  public boolean isEmpty() {
    return roots.isEmpty();
  }

  /** Every root as PEM, one after the other, each ending in a newline. */
  public String pem() {
    return pem;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TrustBundle bundle && pem.equals(bundle.pem);
  }

  @Override
  public int hashCode() {
    return pem.hashCode();
  }

  @Override
  public String toString() {
    return "trust bundle of " + roots.stream().map(Fingerprint::of).toList();
  }
}
