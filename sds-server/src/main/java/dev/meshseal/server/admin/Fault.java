package dev.meshseal.server.admin;

/**
 * Everything that {@code explain} can find, each with a code that never changes its meaning. The
 * codes are the same in the command, the JSON and the documentation.
 */
public enum Fault {
  MS101("the proxy has not connected"),
  MS102("the proxy presents no credential"),
  MS103("the credential is malformed, or signed in a way that is not accepted"),
  MS104("the credential is signed with a key that is not known"),
  MS105("the signature of the credential is wrong"),
  MS106("the credential has expired"),
  MS107("the credential is not valid yet"),
  MS108("the credential has been revoked"),
  MS109("the credential is for another mesh, name or other tags"),
  MS110("the peer on the socket is not the one it is bound to"),
  MS111("the proxy was connected, and is not now"),
  MS112("the credential ends soon"),
  MS113("the token is not one of a pod for this server"),
  MS114("the pod of the credential is gone"),
  MS115("the credential could not be checked"),

  MS201("there is no such mesh"),
  MS202("mTLS is off"),
  MS203("the Mesh is refused"),
  MS204("the newest Mesh is refused, an older one is in force"),

  MS301("the backend cannot be opened"),
  MS302("the certificate of the authority has ended"),
  MS303("the certificate of the authority ends soon"),
  MS304("the credential for the backend has ended"),

  MS401("the authority refuses to issue"),
  MS402("the authority cannot be reached"),
  MS403("the backend is left alone, because many proxies failed"),
  MS404("the certificate is being issued"),
  MS405("the proxy has no identity to certify"),
  MS406("renewal fails, the last certificate still holds"),

  MS501("what the authority returned did not pass the check"),
  MS502("the leaf lives shorter than was asked for"),

  MS601("the name is refused"),
  MS602("the proxy asks for no certificate"),
  MS603("the proxy does not read what is sent"),
  MS604("nothing was sent yet"),

  MS701("the first certificate was never acknowledged"),
  MS702("the new certificate was not acknowledged, an old one is in use"),
  MS703("Envoy refused the certificate"),
  MS704("the certificate that the proxy holds has ended"),

  MS801("the proxy asks for no roots"),
  MS802("Envoy refused the roots"),
  MS803("the newest roots were not acknowledged"),
  MS804("the mesh has no roots"),
  MS805("the root of the certificate is not in the bundle"),

  MS901("the clocks of the server and of the caller differ"),
  MS902("the certificate is not valid yet by the server's clock"),

  MS951("one of the two has no certificate of its own"),
  MS952("one does not trust the root of the other");

  private final String title;

  Fault(String title) {
    this.title = title;
  }

  public String title() {
    return title;
  }

  /** Where the documentation tells more. */
  public String doc() {
    return "docs/explain.md#" + name().toLowerCase(java.util.Locale.ROOT);
  }

  Finding found(String sentence, String remedy) {
    return new Finding(name(), sentence, remedy, doc());
  }
}
