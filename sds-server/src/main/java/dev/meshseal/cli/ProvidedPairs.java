package dev.meshseal.cli;

import dev.meshseal.ca.provided.ProvidedCa;
import dev.meshseal.mesh.BackendConf.Provided;
import dev.meshseal.mesh.DataSource;
import dev.meshseal.mesh.Document;
import dev.meshseal.mesh.Mesh;
import dev.meshseal.mesh.Resource;
import dev.meshseal.mesh.Secret;
import dev.meshseal.mesh.Violation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Checks the certificates and keys of provided backends that are at hand: those in the Mesh itself,
 * and those in a Secret among the same documents. Files are those of the server's machine, so they
 * are not looked for on this one.
 */
final class ProvidedPairs {
  private final Map<Resource.Key, byte[]> secrets;
  private final Instant now;

  private ProvidedPairs(Map<Resource.Key, byte[]> secrets, Instant now) {
    this.secrets = secrets;
    this.now = now;
  }

  /** The same documents, refusing each Mesh with a pair that the server would refuse. */
  static List<Document> check(List<Document> documents, Instant now) {
    var secrets =
        documents.stream()
            .filter(Document.Valid.class::isInstance)
            .map(document -> ((Document.Valid) document).resource())
            .filter(Secret.class::isInstance)
            .map(Secret.class::cast)
            .collect(Collectors.toMap(Secret::key, Secret::data));
    var pairs = new ProvidedPairs(secrets, now);
    return documents.stream().map(pairs::check).toList();
  }

  private Document check(Document document) {
    return document instanceof Document.Valid valid
            && valid.resource() instanceof Mesh mesh
            && !mesh.skipValidation()
        ? check(valid, mesh)
        : document;
  }

  private Document check(Document.Valid document, Mesh mesh) {
    var violations = new ArrayList<Violation>();
    var notes = new ArrayList<>(document.notes());
    for (int i = 0; i < mesh.backends().size(); i++) {
      if (mesh.backends().get(i).conf() instanceof Provided conf) {
        var path = "%s.backends[%d]".formatted(document.mtls(), i);
        check(mesh, conf, path, violations, notes);
      }
    }
    return violations.isEmpty()
        ? new Document.Valid(document.at(), mesh, document.mtls(), notes)
        : new Document.Refused(
            document.at(), document.kind(), document.name(), Optional.of(mesh.key()), violations);
  }

  private void check(
      Mesh mesh, Provided conf, String path, List<Violation> violations, List<String> notes) {
    var cert = bytes(mesh, conf.cert());
    var key = bytes(mesh, conf.key());
    if (cert.isPresent() && key.isPresent()) {
      var trustDomain = mesh.identities().trustDomain();
      ProvidedCa.violations(cert.get(), key.get(), trustDomain, now)
          .forEach(violation -> violations.add(violation.under(path)));
      return;
    }
    notes.add(
        "%s: certificate and key were not checked: %s"
            .formatted(path, cert.isEmpty() ? missing(conf.cert()) : missing(conf.key())));
  }

  private Optional<byte[]> bytes(Mesh mesh, DataSource source) {
    return switch (source) {
      case DataSource.Inline inline -> Optional.of(inline.bytes());
      case DataSource.Secret secret ->
          Optional.ofNullable(
              secrets.get(new Resource.Key(Resource.Kind.SECRET, mesh.name(), secret.name())));
      case DataSource.File file -> Optional.empty();
    };
  }

  private static String missing(DataSource source) {
    return switch (source) {
      case DataSource.File file -> "%s is read by the server alone".formatted(file);
      case DataSource.Secret secret -> "%s is not among these documents".formatted(secret);
      case DataSource.Inline inline -> "%s is empty".formatted(inline);
    };
  }
}
