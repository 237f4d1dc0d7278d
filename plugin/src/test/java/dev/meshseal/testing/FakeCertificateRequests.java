package dev.meshseal.testing;

import dev.meshseal.ca.BackendRef;
import dev.meshseal.ca.certmanager.CertificateRequest;
import dev.meshseal.ca.certmanager.CertificateRequests;
import dev.meshseal.ca.certmanager.IssuerState;
import dev.meshseal.ca.certmanager.Outcome;
import dev.meshseal.mesh.BackendConf.CertManager.IssuerRef;
import dev.meshseal.x509.TestCa;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A cert-manager in memory: signs what it is asked for as its CA issuer does, until it is told
 * otherwise. Thread-safe.
 */
public final class FakeCertificateRequests implements CertificateRequests {
  /** What a request gets in place of what the honest issuer would give. */
  public interface Behaviour {
    Outcome answer(CertificateRequest request, TestCa ca);
  }

  private final InstantSource clock;
  private final List<CertificateRequest> asked = Collections.synchronizedList(new ArrayList<>());
  private volatile TestCa ca;
  private volatile Behaviour behaviour;
  private volatile IssuerState state = new IssuerState.Ready(Optional.of("ca"));

  public FakeCertificateRequests(InstantSource clock, TestCa ca) {
    this.clock = clock;
    this.ca = ca;
    this.behaviour = honestly();
  }

  /** Leaf and intermediates, and the root as {@code status.ca}, for exactly as long as asked. */
  public Behaviour honestly() {
    return (request, authority) ->
        issued(leaf(request, authority).pem() + intermediates(authority), root(authority));
  }

  /** The certificate that an honest issuer would give, to be changed. */
  public TestLeaf leaf(CertificateRequest request, TestCa authority) {
    return TestLeaf.of(
        request.csr(), authority, clock.instant(), clock.instant().plus(request.lifetime()));
  }

  public static Outcome issued(String certificate, String ca) {
    return new Outcome.Issued(certificate, ca.isEmpty() ? Optional.empty() : Optional.of(ca));
  }

  /** The topmost certificate of an authority. */
  public static String root(TestCa authority) {
    return dev.meshseal.x509.Pem.certificate(authority.chain().getLast());
  }

  /** All of an authority's chain but its root. */
  public static String intermediates(TestCa authority) {
    var chain = authority.chain();
    return dev.meshseal.x509.Pem.certificates(chain.subList(0, chain.size() - 1));
  }

  public void behave(Behaviour next) {
    behaviour = next;
  }

  /** Every request ends this way. */
  public void end(Outcome outcome) {
    behaviour = (request, authority) -> outcome;
  }

  public void state(IssuerState next) {
    state = next;
  }

  /** The issuer has another authority from now on. */
  public void ca(TestCa next) {
    ca = next;
  }

  public TestCa ca() {
    return ca;
  }

  /** What was asked for, in its order. */
  public List<CertificateRequest> asked() {
    return List.copyOf(asked);
  }

  @Override
  public String namespace() {
    return "mesh-ns";
  }

  @Override
  public Outcome issue(BackendRef backend, Supplier<CertificateRequest> request, Duration timeout) {
    var made = request.get();
    asked.add(made);
    return behaviour.answer(made, ca);
  }

  @Override
  public IssuerState issuer(BackendRef backend, IssuerRef issuer) {
    return state;
  }
}
