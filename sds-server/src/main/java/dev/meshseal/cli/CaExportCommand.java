package dev.meshseal.cli;

import dev.meshseal.server.admin.BackendView;
import dev.meshseal.server.admin.BackendView.AuthorityView;
import dev.meshseal.server.admin.BackendView.Role;
import dev.meshseal.server.admin.MeshReport;
import dev.meshseal.server.admin.RootView;
import dev.meshseal.server.files.DataDirectory;
import dev.meshseal.server.files.KeptRoots;
import dev.meshseal.x509.CertificateName;
import dev.meshseal.x509.Fingerprint;
import dev.meshseal.x509.TrustBundle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code meshseal ca export}. */
@Command(
    name = "export",
    description = "Print the roots that proxies of a mesh trust, as PEM.",
    footer = {
      "",
      "Examples:",
      "  meshseal ca export --mesh default > roots.pem",
      "  meshseal ca export --mesh default --backend ca-1",
      "  meshseal ca export --mesh default --data /var/lib/meshseal",
      "",
      "With --data no server is asked: the roots of the builtin backends that are kept there."
    })
final class CaExportCommand implements Runnable {
  @Option(names = "--mesh", paramLabel = "MESH", required = true, description = "The mesh.")
  private String mesh = "";

  @Option(
      names = "--backend",
      paramLabel = "BACKEND",
      description = "Only the roots of this backend. Default: every root in the bundle.")
  private @Nullable String backend;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Read this data directory instead of asking a server.")
  private @Nullable Path data;

  @Mixin private AdminOptions admin = new AdminOptions();

  private final Console console;

  CaExportCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var roots = Optional.ofNullable(data).map(this::kept).orElseGet(this::served);
    if (roots.isEmpty()) {
      throw CliException.no(
          "mesh '%s'%s has no roots %s"
              .formatted(
                  mesh,
                  Optional.ofNullable(backend).map(" backend '%s'"::formatted).orElse(""),
                  Optional.ofNullable(data)
                      .map("in data directory '%s'"::formatted)
                      .orElse("yet; run 'meshseal get backends'")));
    }
    console.out().print(roots.pem());
    roots
        .roots()
        .forEach(
            root ->
                console.note(
                    "%s %s, ends %s"
                        .formatted(
                            Fingerprint.of(root),
                            CertificateName.subject(root),
                            root.getNotAfter().toInstant())));
  }

  private TrustBundle kept(Path folder) {
    try (var directory = DataDirectory.openExisting(folder)) {
      var roots = new KeptRoots(directory);
      return Optional.ofNullable(backend)
          .map(name -> roots.of(mesh, name))
          .orElseGet(() -> roots.of(mesh));
    }
  }

  private TrustBundle served() {
    var client = admin.client(console);
    var query = "?mesh=" + AdminClient.encoded(mesh);
    var roots =
        client.list("/api/v1/meshes" + query, MeshReport.class).stream()
            .findFirst()
            .orElseThrow(() -> CliException.no("the server has no mesh '%s'".formatted(mesh)))
            .mesh()
            .bundle()
            .roots();
    var wanted =
        Optional.ofNullable(backend)
            .map(name -> ofBackend(roots, rootsOf(client, query, name)))
            .orElse(roots);
    var pem = wanted.stream().map(RootView::pem).collect(Collectors.joining());
    return pem.isEmpty()
        ? TrustBundle.EMPTY
        : TrustBundle.read(pem.getBytes(StandardCharsets.US_ASCII));
  }

  private Set<String> rootsOf(AdminClient client, String query, String name) {
    return client.list("/api/v1/backends" + query, BackendView.class).stream()
        .filter(view -> view.name().equals(name))
        .findFirst()
        .orElseThrow(() -> CliException.no("mesh '%s' has no backend '%s'".formatted(mesh, name)))
        .authorities()
        .stream()
        .filter(authority -> authority.role() == Role.ROOT)
        .map(AuthorityView::fingerprint)
        .collect(Collectors.toSet());
  }

  private static List<RootView> ofBackend(List<RootView> roots, Set<String> fingerprints) {
    return roots.stream().filter(root -> fingerprints.contains(root.fingerprint())).toList();
  }
}
