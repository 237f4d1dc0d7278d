package dev.meshseal.ca.certmanager;

import java.util.List;
import java.util.regex.Pattern;

/** What to do about a certificate that was refused. */
record AnswerRefusal(Pattern problem, String remedy) {
  private static final List<AnswerRefusal> KNOWN =
      List.of(
          of("is a CA, asked", "it must issue leaves to proxies, never a CA"),
          of("its names are|has no names", "have it copy the URIs of the request as they are"),
          of("its subject is", "have it copy the subject of the request; conf.commonName sets one"),
          of("extended key usages|key usage", "have it issue for server auth and client auth"),
          of("ended at|begins at", "compare its clock with ours"),
          of("asked was", "have it keep to the duration of the request"),
          of("after its issuers", "renew its CA, or shorten dpCert.rotation.expiration"),
          of(
              "not among the roots|its issuer is|signature is not",
              "give conf.caCert the root of this issuer, or have it give the whole chain"));

  private static AnswerRefusal of(String problem, String remedy) {
    return new AnswerRefusal(Pattern.compile(problem), remedy);
  }

  static String remedy(List<String> problems) {
    var all = String.join("; ", problems);
    return KNOWN.stream()
        .filter(known -> known.problem().matcher(all).find())
        .findFirst()
        .map(AnswerRefusal::remedy)
        .orElse("mend the issuer");
  }
}
