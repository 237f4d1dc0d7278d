package dev.meshseal.server.sds;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.issuance.Answer;
import dev.meshseal.issuance.DataplaneSecrets;
import dev.meshseal.issuance.Versioned;
import dev.meshseal.x509.TrustBundle;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;

/** The secrets of one data plane by the names that Envoy uses; decides which it may have. */
record NamedSecrets(DataplaneId dataplane, DataplaneSecrets secrets) {
  Answer<SecretValue> read(ResourceName name) {
    return switch (name) {
      case ResourceName.MeshIdentity asked -> meshIdentity(asked.mesh());
      case ResourceName.OwnIdentity asked -> identity(IdentityForm.SVID);
      case ResourceName.SpiffeIdentity asked -> spiffeIdentity(asked.text());
      case ResourceName.MeshRoots asked -> roots(asked.mesh());
      case ResourceName.OwnRoots asked -> roots(dataplane.mesh());
      case ResourceName.AllRoots asked -> all(SecretValue.Pooled::new);
      case ResourceName.AllTrustDomains asked -> all(SecretValue.Separate::new);
      case ResourceName.TrustDomainRoots asked -> trustDomainRoots(asked.trustDomain());
      case ResourceName.Unknown asked -> new Answer.Refused<>(asked.reason());
    };
  }

  private Answer<SecretValue> meshIdentity(String mesh) {
    return mesh.equals(dataplane.mesh())
        ? identity(IdentityForm.KUMA)
        : new Answer.Refused<>(
            "data plane '%s' has no identity in mesh '%s'".formatted(dataplane, mesh));
  }

  private Answer<SecretValue> spiffeIdentity(String asked) {
    var own = secrets.spiffeId();
    return own.equals(Optional.of(asked))
        ? identity(IdentityForm.SVID)
        : unlessOpening(
            "the SPIFFE ID of data plane '%s' is %s, not '%s'"
                .formatted(
                    dataplane,
                    own.map("'%s'"::formatted).orElse("not known"),
                    Words.clean(asked, 200)));
  }

  /** Who the proxy is and which domain it is in are not known before its mesh is. */
  private Answer<SecretValue> unlessOpening(String refusal) {
    return secrets.trust(dataplane.mesh()) instanceof Answer.Pending<TrustBundle> opening
        ? new Answer.Pending<>(opening.reason())
        : new Answer.Refused<>(refusal);
  }

  private Answer<SecretValue> trustDomainRoots(String trustDomain) {
    return secrets
        .meshOf(trustDomain)
        .map(this::roots)
        .orElseGet(() -> unlessOpening("no mesh has trust domain '%s'".formatted(trustDomain)));
  }

  private Answer<SecretValue> identity(IdentityForm form) {
    return map(secrets.identity(form), SecretValue.Identity::new);
  }

  // A secret without roots is refused by Envoy, and would stand in its status as an error of ours.
  private Answer<SecretValue> roots(String mesh) {
    var answer = secrets.trust(mesh);
    return answer instanceof Answer.Ready<TrustBundle> ready && ready.secret().value().isEmpty()
        ? new Answer.Pending<>("mesh '%s' has no roots yet".formatted(mesh))
        : map(answer, SecretValue.Roots::new);
  }

  private Answer<SecretValue> all(Function<SortedMap<String, TrustBundle>, SecretValue> value) {
    var answer = secrets.trustOfAll();
    return answer instanceof Answer.Ready<SortedMap<String, TrustBundle>> ready
            && ready.secret().value().values().stream().allMatch(TrustBundle::isEmpty)
        ? new Answer.Pending<>("no mesh has roots yet")
        : map(answer, value);
  }

  private static <T> Answer<SecretValue> map(Answer<T> answer, Function<T, SecretValue> value) {
    return switch (answer) {
      case Answer.Ready<T> ready ->
          new Answer.Ready<>(
              new Versioned<>(value.apply(ready.secret().value()), ready.secret().version()));
      case Answer.Pending<T> pending -> new Answer.Pending<>(pending.reason());
      case Answer.Refused<T> refused -> new Answer.Refused<>(refused.reason());
    };
  }
}
