package dev.meshseal.testing;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import java.util.List;

/** Identities of proxies {@code default/web-1}, {@code default/web-2} and so on. */
public final class Identities {
  private Identities() {}

  public static DataplaneIdentity kuma(int number) {
    var service = "web-" + number;
    return new DataplaneIdentity(
        new DataplaneId("default", service),
        IdentityForm.KUMA,
        List.of("spiffe://default/" + service, "kuma://kuma.io/service/" + service));
  }

  public static DataplaneIdentity svid(int number) {
    var service = "web-" + number;
    return new DataplaneIdentity(
        new DataplaneId("default", service),
        IdentityForm.SVID,
        List.of("spiffe://default/" + service));
  }
}
