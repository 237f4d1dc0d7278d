package dev.meshseal.mesh;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The text of one document → what it declares. */
final class DocumentReader {
  private static final String API = "kuma.io/v1alpha1";
  private static final Set<String> KINDS = Set.of("Mesh", "Secret", "Dataplane");

  private final Document.Location at;
  private final Findings findings;

  private DocumentReader(Document.Location at, Findings findings) {
    this.at = at;
    this.findings = findings;
  }

  /** One document, or each item of a Kubernetes list. */
  static List<Document> read(Document.Location at, String text) {
    var findings = new Findings();
    try {
      return new DocumentReader(at, findings)
          .document(YamlReader.read(text, at.line(), findings).root());
    } catch (YamlReader.BrokenYamlException broken) {
      findings.refuse("", String.valueOf(broken.getMessage()));
      return List.of(
          new Document.Refused(
              at, Optional.empty(), Optional.empty(), Optional.empty(), findings.violations()));
    }
  }

  private List<Document> document(YamlNode root) {
    return switch (root) {
      case YamlNode.Mapping mapping -> declared(new Fields(mapping, "", findings));
      case YamlNode.Nothing nothing -> List.of();
      default -> {
        findings.refuse(
            "", "a document must be an object with 'type' or 'kind', is %s".formatted(root.kind()));
        yield List.of(refused(Optional.empty(), Optional.empty(), Optional.empty()));
      }
    };
  }

  private List<Document> declared(Fields root) {
    if (root.has("kind") || root.has("apiVersion")) {
      return kubernetes(root);
    }
    if (root.has("type")) {
      return List.of(universal(root));
    }
    findings.refuse(
        root.path(),
        "has neither 'type' (Universal) nor 'kind' (Kubernetes); begin with type: Mesh, Secret or"
            + " Dataplane");
    return List.of(refused(Optional.empty(), root.text("name"), Optional.empty()));
  }

  private Document universal(Fields root) {
    var type = root.requiredText("type");
    var name = root.text("name");
    return switch (type) {
      case "Mesh" -> mesh(Form.universal(root));
      case "Secret" -> secret(SecretReading.universal(root));
      case "Dataplane" -> dataplane(root);
      case "GlobalSecret" -> globalSecret(root, Optional.of(type), name);
      default -> other(root, "type", type, name);
    };
  }

  private List<Document> kubernetes(Fields root) {
    var kind = root.requiredText("kind");
    var apiVersion = root.text("apiVersion").orElse("");
    var name = root.object("metadata").flatMap(metadata -> metadata.text("name"));
    return switch (kind) {
      case "Mesh" -> {
        if (!apiVersion.equals(API)) {
          root.refuse("apiVersion", "must be '%s', is %s".formatted(API, Words.quote(apiVersion)));
        }
        yield List.of(mesh(Form.kubernetes(root)));
      }
      case "Secret" -> List.of(kubernetesSecret(root, name));
      case "List" -> items(root);
      case "Dataplane" ->
          List.of(
              new Document.Ignored(
                  at,
                  Optional.of(kind),
                  name,
                  "on Kubernetes pods stand in place of Dataplanes; ignored"));
      default -> List.of(other(root, "kind", kind, name));
    };
  }

  private List<Document> items(Fields list) {
    var documents = new ArrayList<Document>();
    for (var item : list.objects("items")) {
      var apart = new Findings();
      documents.addAll(new DocumentReader(at, apart).declared(item.apart(apart)));
    }
    if (!findings.isClean()) {
      documents.add(refused(Optional.of("List"), Optional.empty(), Optional.empty()));
    }
    return documents;
  }

  private Document kubernetesSecret(Fields root, Optional<String> name) {
    var kind = Optional.of("Secret");
    var type = root.text("type").orElse("Opaque");
    return switch (type) {
      case "system.kuma.io/secret" -> secret(SecretReading.kubernetes(root));
      case "system.kuma.io/global-secret" -> globalSecret(root, kind, name);
      default ->
          ignored(
              kind,
              name,
              "a Secret of type %s is ignored; a mesh's has type system.kuma.io/secret"
                  .formatted(Words.quote(type)));
    };
  }

  private Document globalSecret(Fields root, Optional<String> kind, Optional<String> name) {
    root.refuse(
        "type",
        "a global secret belongs to no mesh, so no backend can use it; make it a Secret of the mesh"
            + " that needs it");
    return refused(kind, name, Optional.empty());
  }

  private Document other(Fields root, String field, String kind, Optional<String> name) {
    var meant = Words.nearest(kind, KINDS);
    if (kind.isEmpty() || meant.isPresent()) {
      meant.ifPresent(
          near ->
              root.refuse(field, "is %s; did you mean '%s'?".formatted(Words.quote(kind), near)));
      return refused(Optional.of(kind).filter(some -> !some.isEmpty()), name, Optional.empty());
    }
    return ignored(
        Optional.of(kind),
        name,
        "%s %s is not for meshseal; ignored".formatted(field, Words.quote(kind)));
  }

  private Document ignored(Optional<String> kind, Optional<String> name, String note) {
    return findings.isClean()
        ? new Document.Ignored(at, kind, name, note)
        : refused(kind, name, Optional.empty());
  }

  private Document mesh(Form form) {
    var reader = new MeshReader(form, findings);
    var mtls = form.mtls().map(Fields::path).orElse("");
    return validOr(Resource.Kind.MESH, form.name(), form.name(), mtls, reader.read());
  }

  private Document secret(SecretReading reading) {
    return validOr(Resource.Kind.SECRET, reading.mesh(), reading.name(), "", reading.secret());
  }

  private Document dataplane(Fields root) {
    var reading = DataplaneReading.universal(root);
    return validOr(
        Resource.Kind.DATAPLANE, reading.mesh(), reading.name(), "", reading.dataplane());
  }

  private Document validOr(
      Resource.Kind kind,
      String mesh,
      String name,
      String mtls,
      Supplier<? extends Resource> resource) {
    if (findings.isClean()) {
      return new Document.Valid(at, resource.get(), mtls, findings.notes());
    }
    var known = Optional.of(name).filter(some -> !some.isEmpty());
    return refused(
        Optional.of(kind.toString()), known, known.map(some -> new Resource.Key(kind, mesh, some)));
  }

  private Document.Refused refused(
      Optional<String> kind, Optional<String> name, Optional<Resource.Key> key) {
    return new Document.Refused(at, kind, name, key, findings.violations());
  }
}
