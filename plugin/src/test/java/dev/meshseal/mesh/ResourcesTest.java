package dev.meshseal.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.identity.DataplaneId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ResourcesTest {
  private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
  private static final Instant LATER = NOON.plusSeconds(60);
  private static final String MESH = "{type: Mesh, name: default}";
  private static final String SECRET = "{type: Secret, name: s, data: YQ==}";
  private static final String DATAPLANE =
      "{type: Dataplane, name: web, networking: {inbound: [{tags: {kuma.io/service: web}}]}}";

  private final Resources read = read(Resources.none(), Map.of("a", docs(MESH, SECRET, DATAPLANE)));

  @Test
  void holdsWhatTheFilesDeclare() {
    assertThat(read.meshes()).containsOnlyKeys("default");
    assertThat(read.secret("default", "s").orElseThrow().data()).containsExactly('a');
    assertThat(read.dataplane(new DataplaneId("default", "web")).orElseThrow().tags().services())
        .containsExactly("web");
  }

  @Test
  void namesWhatIsNew() {
    var next = Resources.none().next(files(Map.of("a", docs(MESH, SECRET, DATAPLANE))), NOON);

    assertThat(next.changes())
        .containsExactly(
            new Change.MeshChanged(next.resources().mesh("default").orElseThrow()),
            new Change.SecretChanged("default", "s"),
            new Change.DataplaneChanged(next.resources().dataplanes().firstEntry().getValue()));
  }

  @Test
  void namesOnlyWhatIsDifferent() {
    var files = files(Map.of("a", docs(MESH, "{type: Secret, name: s, data: Yg==}", DATAPLANE)));

    assertThat(read.next(files, NOON).changes())
        .containsExactly(new Change.SecretChanged("default", "s"));
  }

  @Test
  void sameContentInAnotherFileChangesNothing() {
    var files = files(Map.of("b", docs(SECRET), "c", docs(DATAPLANE, MESH)));

    assertThat(read.next(files, NOON).changes()).isEmpty();
  }

  @Test
  void aFileThatIsGoneTakesItsResourcesWithIt() {
    var next = read.next(files(Map.of()), NOON);

    assertThat(next.resources().meshes()).isEmpty();
    assertThat(next.changes())
        .containsExactly(
            new Change.MeshRemoved("default"),
            new Change.SecretChanged("default", "s"),
            new Change.DataplaneRemoved(new DataplaneId("default", "web")));
  }

  @Test
  void aDocumentThatIsGoneIsRemoved() {
    assertThat(read.next(files(Map.of("a", docs(MESH))), NOON).changes())
        .containsExactly(
            new Change.SecretChanged("default", "s"),
            new Change.DataplaneRemoved(new DataplaneId("default", "web")));
  }

  @Test
  void aRefusedMeshNeverReplacesTheLastGoodOne() {
    var bad = "{type: Mesh, name: default, mtls: {enabledBackend: x}}";

    var next = read.next(files(Map.of("a", docs(bad, SECRET, DATAPLANE))), LATER);

    assertThat(next.changes()).isEmpty();
    assertThat(next.resources().mesh("default")).isEqualTo(read.mesh("default"));
    assertThat(next.resources().refusals())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.since()).isEqualTo(LATER);
              assertThat(refusal.lastGoodStays()).isTrue();
              assertThat(refusal.document().violations()).isNotEmpty();
            });
  }

  @Test
  void aMeshThatWasNeverGoodIsRefusedAndAbsent() {
    var refused = read(Resources.none(), Map.of("a", docs("{type: Mesh, name: a.b}")));

    assertThat(refused.meshes()).isEmpty();
    assertThat(refused.refusals()).singleElement().matches(refusal -> !refusal.lastGoodStays());
  }

  @Test
  void aFileThatIsNotYamlKeepsAllThatItDeclared() {
    var next = read.next(files(Map.of("a", docs("{type: Mesh"))), LATER);

    assertThat(next.changes()).isEmpty();
    assertThat(next.resources().refusals())
        .singleElement()
        .matches(Resources.Refusal::lastGoodStays);
  }

  @Test
  void aFileThatIsEmptyForAMomentKeepsAllThatItDeclared() {
    var next = read.next(files(Map.of("a", List.of())), LATER);

    assertThat(next.changes()).isEmpty();
    assertThat(next.resources().refusals().getFirst().document().violations().getFirst().message())
        .contains("has become empty");
  }

  @Test
  void anEmptyFileThatNeverDeclaredAnythingIsFine() {
    assertThat(read(Resources.none(), Map.of("a", List.of())).refusals()).isEmpty();
  }

  @Test
  void lastGoodResourcesOutliveAnyNumberOfBadReadings() {
    var twice =
        read(
            read(read, Map.of("a", docs("{"))),
            Map.of("a", docs("{type: Mesh, name: default, mtls: 1}")));

    assertThat(twice.mesh("default")).isPresent();
    assertThat(twice.secret("default", "s")).isEmpty();
  }

  @Test
  void aRefusalRemembersSinceWhenItStands() {
    var bad = files(Map.of("a", docs("{type: Mesh, name: a.b}")));

    var since =
        Resources.none().next(bad, NOON).resources().next(bad, LATER).resources().refusals();

    assertThat(since).extracting(Resources.Refusal::since).containsExactly(NOON);
  }

  @Test
  void aDuplicateIsRefusedWithBothFiles() {
    var both = read(Resources.none(), Map.of("a", docs(MESH), "b", docs(MESH)));

    assertThat(both.meshes()).hasSize(1);
    assertThat(both.refusals().getFirst().document().violations())
        .containsExactly(
            new Violation(
                "name",
                "mesh 'default' stands in a:1 already, and in b:1 again; remove one of them"));
  }

  @Test
  void ofTwoThatDeclareTheSameTheOneInUseStays() {
    var inB = read(Resources.none(), Map.of("b", docs("{type: Secret, name: s, data: Yg==}")));

    var both =
        inB.next(
            files(Map.of("a", docs(SECRET), "b", docs("{type: Secret, name: s, data: Yg==}"))),
            NOON);

    assertThat(both.changes()).isEmpty();
    assertThat(both.resources().refusals().getFirst().document().at().file()).isEqualTo("a");
  }

  @Test
  void aDuplicateTakesOverWhenTheOtherIsGone() {
    var both = read(Resources.none(), Map.of("a", docs(SECRET), "b", docs(SECRET)));

    var next = both.next(files(Map.of("b", docs(SECRET))), NOON);

    assertThat(next.changes()).isEmpty();
    assertThat(next.resources().refusals()).isEmpty();
    assertThat(next.resources().secret("default", "s")).isPresent();
  }

  private static Resources read(Resources before, Map<String, List<Document>> files) {
    return before.next(files(files), NOON).resources();
  }

  /** Every document gets the name of the file in which it is put. */
  private static SortedMap<String, List<Document>> files(Map<String, List<Document>> files) {
    var named = new TreeMap<String, List<Document>>();
    files.forEach(
        (file, documents) ->
            named.put(file, documents.stream().map(document -> moved(document, file)).toList()));
    return named;
  }

  private static Document moved(Document document, String file) {
    var at = new Document.Location(file, document.at().number(), document.at().line());
    return switch (document) {
      case Document.Valid valid ->
          new Document.Valid(at, valid.resource(), valid.mtls(), valid.notes());
      case Document.Ignored ignored ->
          new Document.Ignored(at, ignored.kind(), ignored.name(), ignored.note());
      case Document.Refused bad ->
          new Document.Refused(at, bad.kind(), bad.name(), bad.key(), bad.violations());
    };
  }

  private static List<Document> docs(String... documents) {
    var text = String.join("\n---\n", documents);
    return Documents.read("f", text.getBytes(StandardCharsets.UTF_8));
  }
}
