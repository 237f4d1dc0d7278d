package dev.meshseal.mesh;

import dev.meshseal.identity.IdentityForm;
import dev.meshseal.identity.IdentityTemplate;
import dev.meshseal.identity.SpiffeId;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A Mesh document, in either form → the Mesh, or everything that is wrong with it. */
public final class MeshReader {
  static final Pattern MESH_NAME = Pattern.compile("[a-z0-9]([a-z0-9_-]*[a-z0-9])?");
  private static final int LONGEST_NAME = 63;
  private static final Set<String> LABELS =
      new TreeSet<>(Set.of("trust-domain", "spiffe-path", "identity"));

  private static final String KNOWN_LABELS =
      LABELS.stream()
          .map(Form.PREFIX::concat)
          .collect(Collectors.joining(", ", "the labels are ", ""));

  private final Form form;
  private final Findings findings;

  MeshReader(Form form, Findings findings) {
    this.form = form;
    this.findings = findings;
  }

  /**
   * The Mesh that a text of one document declares.
   *
   * @throws InvalidMeshException if it is not one valid Mesh, with all violations
   */
  public static Mesh read(String yaml) {
    var documents = Documents.read("mesh", yaml.getBytes(StandardCharsets.UTF_8));
    if (documents.size() != 1) {
      throw invalid("must be one document, has %d".formatted(documents.size()));
    }
    return switch (documents.getFirst()) {
      case Document.Valid valid -> {
        if (valid.resource() instanceof Mesh mesh) {
          yield mesh;
        }
        throw invalid("must be a Mesh, is " + valid.resource().key());
      }
      case Document.Refused refused ->
          throw new InvalidMeshException(
              refused.key().map(Object::toString).orElse("the mesh"), refused.violations());
      case Document.Ignored ignored -> throw invalid("must be a Mesh: " + ignored.note());
    };
  }

  private static InvalidMeshException invalid(String message) {
    return new InvalidMeshException("the mesh", List.of(new Violation("", message)));
  }

  Supplier<Mesh> read() {
    requireName(findings, form.namePath(), form.name());
    var identities = identities();
    var enabled = form.mtls().flatMap(mtls -> mtls.text("enabledBackend"));
    var skipValidation = form.mtls().flatMap(mtls -> mtls.flag("skipValidation")).orElse(false);
    var backends = form.mtls().map(mtls -> backends(mtls, enabled)).orElse(List.of());
    noteIgnored();
    return () -> new Mesh(form.name(), identities.get(), enabled, backends, skipValidation);
  }

  /** A mesh's name is in file names, node ids and SPIFFE IDs, so it has what all of them allow. */
  static void requireName(Findings findings, String path, String name) {
    if (name.isEmpty()) {
      return;
    }
    if (name.length() > LONGEST_NAME) {
      findings.refuse(
          path, "must have at most %d characters, has %d".formatted(LONGEST_NAME, name.length()));
    }
    if (name.contains(".")) {
      findings.refuse(
          path,
          "must have no dot, is %s: an Envoy node id is MESH.NAME and is split at its first dot"
              .formatted(Words.quote(name)));
    } else if (!MESH_NAME.matcher(name).matches()) {
      findings.refuse(
          path,
          "must be a SPIFFE trust domain of a-z 0-9 - _ that begins and ends with a letter or"
              + " digit, is %s".formatted(Words.quote(name)));
    }
  }

  private List<Backend> backends(Fields mtls, Optional<String> enabled) {
    var listed = mtls.objects("backends");
    mtls.refuseUnknown();
    var names = new LinkedHashSet<String>();
    listed.forEach(fields -> requireNewName(fields, names));
    enabled
        .filter(name -> !names.contains(name))
        .ifPresent(name -> refuseEnabled(mtls, name, names));
    return listed.stream().map(fields -> new BackendReader(form.name(), fields).read()).toList();
  }

  private static void requireNewName(Fields backend, Set<String> names) {
    backend
        .text("name")
        .filter(name -> !names.add(name))
        .ifPresent(
            name ->
                backend.refuse(
                    "name",
                    "is %s, as another backend's; give each its own name"
                        .formatted(Words.quote(name))));
  }

  private static void refuseEnabled(Fields mtls, String enabled, Set<String> names) {
    var shown = names.stream().map(Words::quote).collect(Collectors.joining(", "));
    mtls.refuse(
        "enabledBackend",
        names.isEmpty()
            ? "is %s, but no backend of the mesh has a name".formatted(Words.quote(enabled))
            : "is %s, but the backends are %s".formatted(Words.quote(enabled), shown));
  }

  private Supplier<IdentityTemplate> identities() {
    form.labels()
        .forEach(
            (name, label) -> {
              if (!LABELS.contains(name)) {
                findings.refuse(
                    label.path(),
                    "is not a label of meshseal; "
                        + Words.nearest(name, LABELS)
                            .map(near -> "did you mean '%s%s'?".formatted(Form.PREFIX, near))
                            .orElse(KNOWN_LABELS));
              }
            });
    var trustDomain = label("trust-domain", this::trustDomain);
    var path = label("spiffe-path", this::path);
    var identity = label("identity", this::identity);
    return () -> new IdentityTemplate(trustDomain.orElse(form.name()), path, identity);
  }

  private <T> Optional<T> label(String name, Function<Form.Label, Optional<T>> read) {
    return Optional.ofNullable(form.labels().get(name)).flatMap(read);
  }

  private Optional<String> trustDomain(Form.Label label) {
    if (SpiffeId.isTrustDomain(label.value())) {
      return Optional.of(label.value());
    }
    findings.refuse(
        label.path(),
        "must be a SPIFFE trust domain, 1 to 255 of a-z 0-9 . - _, is %s"
            .formatted(Words.quote(label.value())));
    return Optional.empty();
  }

  private Optional<String> path(Form.Label label) {
    try {
      return new IdentityTemplate("x", Optional.of(label.value()), Optional.empty()).path();
    } catch (IllegalArgumentException malformed) {
      findings.refuse(label.path(), String.valueOf(malformed.getMessage()));
      return Optional.empty();
    }
  }

  private Optional<IdentityForm> identity(Form.Label label) {
    return switch (label.value()) {
      case "kuma" -> Optional.of(IdentityForm.KUMA);
      case "svid" -> Optional.of(IdentityForm.SVID);
      default -> {
        findings.refuse(
            label.path(), "must be 'kuma' or 'svid', is %s".formatted(Words.quote(label.value())));
        yield Optional.empty();
      }
    };
  }

  private void noteIgnored() {
    if (form.ignored().isEmpty()) {
      return;
    }
    var names = form.ignored().stream().map(Words::shorten).limit(20).toList();
    var misspelt =
        form.ignored().stream()
            .filter(
                name ->
                    Words.nearest(name.replaceFirst("^spec\\.", ""), Set.of("mtls")).isPresent())
            .findFirst()
            .map(name -> "; did you mean 'mtls' by '%s'?".formatted(Words.shorten(name)))
            .orElse("");
    findings.note("ignored: %s%s".formatted(String.join(", ", names), misspelt));
  }
}
