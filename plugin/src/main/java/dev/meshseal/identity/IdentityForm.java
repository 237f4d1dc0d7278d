package dev.meshseal.identity;

/** The two forms in which a proxy's identity is written into its certificate. */
public enum IdentityForm {
  /** {@code spiffe://MESH/SERVICE} for each service, then {@code kuma://TAG/VALUE} for each tag. */
  KUMA,
  /** Exactly one SPIFFE ID, so that the certificate is an X509-SVID (X509-SVID, 2). */
  SVID
}
