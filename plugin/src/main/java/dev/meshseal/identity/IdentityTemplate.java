package dev.meshseal.identity;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How the identities of one mesh are written: its trust domain, the path of an X509-SVID and, where
 * the operator fixed it, the one form that every proxy gets.
 *
 * @param path a template over {@code {{mesh}} {{service}} {{namespace}} {{serviceaccount}}
 *     {{workload}}}; empty for the platform's default
 */
public record IdentityTemplate(
    String trustDomain, Optional<String> path, Optional<IdentityForm> fixedForm) {
  private static final Pattern VARIABLE = Pattern.compile("\\{\\{\\s*([^{}\\s]*)\\s*}}");
  private static final Set<String> VARIABLES =
      Set.of("mesh", "service", "namespace", "serviceaccount", "workload");

  public IdentityTemplate {
    if (!SpiffeId.isTrustDomain(trustDomain)) {
      throw new IllegalArgumentException(
          "a trust domain has 1 to 255 of a-z 0-9 . - _, got '%s'".formatted(trustDomain));
    }
    path.ifPresent(IdentityTemplate::requirePath);
  }

  /** The identities of a mesh whose operator said nothing of them. */
  public static IdentityTemplate of(String mesh) {
    return new IdentityTemplate(mesh, Optional.empty(), Optional.empty());
  }

  private static void requirePath(String template) {
    var unknown =
        VARIABLE
            .matcher(template)
            .results()
            .map(found -> found.group(1))
            .filter(name -> !VARIABLES.contains(name))
            .toList();
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "'%s' uses %s, but a path may use %s"
              .formatted(template, unknown, VARIABLES.stream().sorted().toList()));
    }
    new SpiffeId("x", VARIABLE.matcher(template).replaceAll("x"));
  }

  /**
   * The identity of a proxy in one form, or in the mesh's fixed one.
   *
   * @throws NoIdentityException if the proxy lacks what the form needs
   */
  public DataplaneIdentity identify(Dataplane dataplane, IdentityForm asked) {
    var form = fixedForm.orElse(asked);
    return switch (form) {
      case KUMA -> DataplaneIdentity.kuma(dataplane, trustDomain);
      case SVID ->
          new DataplaneIdentity(dataplane.id(), form, List.of(spiffeId(dataplane).toString()));
    };
  }

  /**
   * The one SPIFFE ID of a proxy.
   *
   * @throws NoIdentityException if the proxy lacks what the path needs
   */
  public SpiffeId spiffeId(Dataplane dataplane) {
    var template =
        path.orElse(
            dataplane.account().isPresent()
                ? "/ns/{{namespace}}/sa/{{serviceaccount}}"
                : "/{{service}}");
    var filled =
        VARIABLE
            .matcher(template)
            .replaceAll(
                found ->
                    java.util.regex.Matcher.quoteReplacement(
                        value(found.group(1), dataplane, template)));
    try {
      return new SpiffeId(trustDomain, filled);
    } catch (IllegalArgumentException malformed) {
      throw new NoIdentityException(
          "data plane '%s' has no SPIFFE ID: %s".formatted(dataplane.id(), malformed.getMessage()));
    }
  }

  private static String value(String variable, Dataplane dataplane, String template) {
    var value =
        switch (variable) {
          case "mesh" -> Optional.of(dataplane.id().mesh());
          case "service" -> DataplaneIdentity.services(dataplane).stream().findFirst();
          case "namespace" -> dataplane.account().map(Dataplane.ServiceAccount::namespace);
          case "serviceaccount" -> dataplane.account().map(Dataplane.ServiceAccount::name);
          case "workload" -> dataplane.workload();
          default -> Optional.<String>empty();
        };
    return value.orElseThrow(
        () ->
            new NoIdentityException(
                "data plane '%s' has no %s, but its mesh writes identities as '%s'"
                    .formatted(dataplane.id(), variable, template)));
  }
}
