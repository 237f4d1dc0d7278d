package dev.meshseal.kubernetes.pods;

import dev.meshseal.identity.Dataplane;

/** What is known of the pod of a good token. */
public sealed interface Standing {
  /** It is there, and this is the data plane it is. */
  record There(Dataplane dataplane) implements Standing {}

  /** It is not, or has ended. */
  record Gone(String sentence) implements Standing {}

  /** Nobody could say; asking again may help. */
  record Unknown(String sentence) implements Standing {}
}
