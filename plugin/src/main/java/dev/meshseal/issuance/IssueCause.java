package dev.meshseal.issuance;

/** Why a leaf certificate is issued. */
public enum IssueCause {
  /** The proxy has none that is known here. */
  FIRST,
  /** The fraction of its life after which it is renewed has passed. */
  DUE,
  TAGS_CHANGED,
  /** Another backend issues now, or its lifetime or key type was changed. */
  BACKEND_CHANGED,
  /** A Secret or file that the backend refers to has other content. */
  CONTENT_CHANGED,
  /** The authority behind the backend has another certificate. */
  CA_CHANGED,
  OPERATOR_ASKED
}
