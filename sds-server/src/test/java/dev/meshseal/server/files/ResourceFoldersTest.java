package dev.meshseal.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.identity.DataplaneId;
import dev.meshseal.mesh.Change;
import dev.meshseal.mesh.Documents;
import dev.meshseal.mesh.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ResourceFoldersTest {
  private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
  private static final String MESH = "{type: Mesh, name: default}";
  private static final String WEB =
      "{type: Dataplane, name: web, networking: {inbound: [{tags: {kuma.io/service: web}}]}}";

  @TempDir private Path dir;
  private final LinkedBlockingQueue<Change> heard = new LinkedBlockingQueue<>();
  private final List<ResourceFolders> opened = new java.util.ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(ResourceFolders::close);
  }

  @Test
  void readsYamlAndJsonInAllFolders() throws IOException {
    write("mesh.yaml", MESH);
    write("proxies/web.json", "{\"type\": \"Dataplane\", \"name\": \"web\"}");
    write("proxies/deeper/secret.yml", "{type: Secret, name: s, data: YQ==}");
    write("notes.txt", "{type: Mesh, name: other}");
    write(".hidden.yaml", "{type: Mesh, name: hidden}");
    write(".git/mesh.yaml", "{type: Mesh, name: hidden}");

    var folders = open();

    assertThat(folders.current().meshes()).containsOnlyKeys("default");
    assertThat(folders.current().secret("default", "s")).isPresent();
    assertThat(folders.find(new DataplaneId("default", "web"))).isPresent();
  }

  @Test
  void readsASingleFileWhateverItsName() throws IOException {
    var file = write("mesh.conf", MESH);

    var folders = opened(ResourceFolders.open(List.of(file), InstantSource.fixed(NOON)));

    assertThat(folders.current().meshes()).containsOnlyKeys("default");
  }

  @Test
  void refusesToOpenWhatIsNotThere() {
    var missing = dir.resolve("missing");

    assertThatThrownBy(() -> ResourceFolders.open(List.of(missing), InstantSource.fixed(NOON)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--resources " + missing)
        .hasMessageContaining("no such file or folder");
  }

  @Test
  void embeddedResourcesNeedNoFolder() {
    var folders = opened(ResourceFolders.embedded(MESH, InstantSource.fixed(NOON)));

    assertThat(folders.current().meshes()).containsOnlyKeys("default");
    assertThat(folders.scan()).isEmpty();
  }

  @Test
  void noticesAWriteThatLeavesTimeAndSizeAsTheyWere() throws IOException {
    var file = write("a.yaml", "{type: Secret, name: s, data: YQ==}");
    Files.setLastModifiedTime(file, FileTime.from(NOON));
    var folders = open();

    write("a.yaml", "{type: Secret, name: s, data: Yg==}");
    Files.setLastModifiedTime(file, FileTime.from(NOON));

    assertThat(folders.scan()).containsExactly(new Change.SecretChanged("default", "s"));
  }

  @Test
  void doesNotReadASettledFileAgain() throws IOException {
    var file = write("a.yaml", MESH);
    var old = FileTime.from(NOON.minusSeconds(60));
    Files.setLastModifiedTime(file, old);
    var folders = open();

    Files.writeString(file, "{type: Mesh, name: another}".substring(0, MESH.length()));
    Files.setLastModifiedTime(file, old);

    assertThat(folders.scan()).isEmpty();
  }

  @Test
  void touchingAFileChangesNothing() throws IOException {
    var file = write("a.yaml", MESH);
    var folders = open();

    Files.setLastModifiedTime(file, FileTime.from(NOON.plusSeconds(5)));

    assertThat(folders.scan()).isEmpty();
  }

  @Test
  void aFileThatIsGoneTakesItsResourcesWithIt() throws IOException {
    var file = write("a.yaml", MESH);
    var folders = open();

    Files.delete(file);

    assertThat(folders.scan()).containsExactly(new Change.MeshRemoved("default"));
    assertThat(folders.current().meshes()).isEmpty();
  }

  @Test
  void aFolderThatIsGoneKeepsAllThatWasInIt() throws IOException {
    var root = Files.createDirectory(dir.resolve("root"));
    write("root/a.yaml", MESH);
    var folders = opened(ResourceFolders.open(List.of(root), InstantSource.fixed(NOON)));

    Files.move(root, dir.resolve("away"));

    assertThat(folders.scan()).isEmpty();
    assertThat(folders.current().meshes()).containsOnlyKeys("default");
    assertThat(folders.current().refusals()).hasSize(1);
  }

  @Test
  void aFileThatCannotBeReadKeepsWhatItDeclared() throws IOException {
    var file = write("a.yaml", MESH);
    var folders = open();

    Files.delete(file);
    Files.createSymbolicLink(file, dir.resolve("nowhere"));

    assertThat(folders.scan()).isEmpty();
    assertThat(messages(folders.current())).containsExactly("cannot be read: no such file");
  }

  @Test
  void aFileThatIsTooLargeIsRefusedUnread() throws IOException {
    Files.writeString(dir.resolve("a.yaml"), "#".repeat(Documents.MAX_BYTES + 5));

    assertThat(messages(open().current()))
        .containsExactly("has 1048581 bytes, a file may have 1048576; split it");
  }

  @Test
  @Timeout(10)
  void loopsOfLinksEnd() throws IOException {
    write("sub/mesh.yaml", MESH);
    Files.createSymbolicLink(dir.resolve("sub/up"), dir);
    Files.createSymbolicLink(dir.resolve("self.yaml"), dir.resolve("self.yaml"));

    var folders = open();

    assertThat(folders.current().meshes()).containsOnlyKeys("default");
  }

  @Test
  void noticesTheFilesOfDataSources() throws IOException {
    var folders = open();
    var file = dir.resolve("ca.pem");
    folders.watchFile(file);

    Files.writeString(file, "one");
    var appeared = folders.scan();
    Files.writeString(file, "two");
    var changed = folders.scan();
    var nothing = folders.scan();
    Files.delete(file);
    var gone = folders.scan();

    assertThat(List.of(appeared, changed, nothing, gone))
        .containsExactly(
            List.of(new Change.FileChanged(file)),
            List.of(new Change.FileChanged(file)),
            List.of(),
            List.of(new Change.FileChanged(file)));
  }

  @Test
  @Timeout(60)
  void hearsOfAWriteWithoutBeingAsked() throws Exception {
    var folders = open();
    folders.watch((now, changes) -> heard.addAll(changes));

    write("mesh.yaml", MESH);

    assertThat(hear())
        .isEqualTo(new Change.MeshChanged(folders.current().mesh("default").orElseThrow()));
  }

  @Test
  @Timeout(60)
  void hearsOfWhatCameBetweenOpeningAndWatching() throws Exception {
    var folders = open();
    write("mesh.yaml", MESH);

    folders.watch((now, changes) -> heard.addAll(changes));

    assertThat(hear()).isInstanceOf(Change.MeshChanged.class);
  }

  @Test
  @Timeout(60)
  void hearsOfAFileInAFolderMadeMeanwhile() throws Exception {
    var folders = open();
    folders.watch((now, changes) -> heard.addAll(changes));

    write("new/folder/mesh.yaml", MESH);

    assertThat(hear()).isInstanceOf(Change.MeshChanged.class);
  }

  @Test
  @Timeout(60)
  void hearsOfTheSwapOfAMountedConfigMap() throws Exception {
    var first = Files.createDirectory(dir.resolve("..2026_01"));
    var second = Files.createDirectory(dir.resolve("..2026_02"));
    Files.writeString(first.resolve("web.yaml"), WEB);
    Files.writeString(second.resolve("web.yaml"), WEB.replace("service: web", "service: api"));
    Files.createSymbolicLink(dir.resolve("..data"), Path.of("..2026_01"));
    Files.createSymbolicLink(dir.resolve("web.yaml"), Path.of("..data/web.yaml"));
    var folders = open();
    folders.watch((now, changes) -> heard.addAll(changes));

    Files.createSymbolicLink(dir.resolve("..data_tmp"), Path.of("..2026_02"));
    Files.move(dir.resolve("..data_tmp"), dir.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);

    assertThat(hear()).isInstanceOf(Change.DataplaneChanged.class);
    assertThat(folders.find(new DataplaneId("default", "web")).orElseThrow().tags().services())
        .containsExactly("api");
  }

  @Test
  @Timeout(60)
  void hearsOfAWriteBehindALink() throws Exception {
    var target = write("elsewhere/real.yaml", MESH);
    var root = Files.createDirectory(dir.resolve("root"));
    Files.createSymbolicLink(root.resolve("mesh.yaml"), target);
    var folders = opened(ResourceFolders.open(List.of(root), InstantSource.fixed(NOON)));
    folders.watch((now, changes) -> heard.addAll(changes));

    Files.writeString(target, "{type: Mesh, name: default, labels: {meshseal.dev/identity: svid}}");

    assertThat(hear()).isInstanceOf(Change.MeshChanged.class);
  }

  @Test
  @Timeout(60)
  void aListenerThatFailsOnceHearsTheNextChange() throws Exception {
    var folders = open();
    folders.watch(
        (now, changes) -> {
          heard.addAll(changes);
          throw new IllegalStateException("the listener fails");
        });

    write("a.yaml", MESH);
    var first = hear();
    write("b.yaml", "{type: Mesh, name: other}");
    var second = hear();

    assertThat(List.of(first, second)).allMatch(Change.MeshChanged.class::isInstance);
  }

  @Test
  @Timeout(60)
  void endsItsThreadWhenItIsClosed() throws Exception {
    var watcher = new LinkedBlockingQueue<Thread>();
    var folders = open();
    folders.watch((now, changes) -> watcher.add(Thread.currentThread()));
    write("mesh.yaml", MESH);
    var thread = watcher.poll(50, TimeUnit.SECONDS);

    folders.close();

    assertThat(thread).isNotNull();
    assertThat(thread.isDaemon()).isTrue();
    assertThat(thread.isAlive()).isFalse();
  }

  private Change hear() throws InterruptedException {
    var change = heard.poll(50, TimeUnit.SECONDS);
    assertThat(change).isNotNull();
    return change;
  }

  private ResourceFolders open() {
    return opened(ResourceFolders.open(List.of(dir), InstantSource.fixed(NOON)));
  }

  private ResourceFolders opened(ResourceFolders folders) {
    opened.add(folders);
    return folders;
  }

  private static List<String> messages(Resources resources) {
    return resources.refusals().stream()
        .flatMap(refusal -> refusal.document().violations().stream())
        .map(violation -> violation.message())
        .toList();
  }

  private Path write(String name, String content) throws IOException {
    var file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }
}
