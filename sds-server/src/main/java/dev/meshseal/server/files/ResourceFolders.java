package dev.meshseal.server.files;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.mesh.Change;
import dev.meshseal.mesh.Document;
import dev.meshseal.mesh.Documents;
import dev.meshseal.mesh.ResourceLog;
import dev.meshseal.mesh.ResourceSource;
import dev.meshseal.mesh.Resources;
import dev.meshseal.server.auth.Dataplanes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The resources in some folders and files, and what changes in them. What is read from it is always
 * whole and never blocks; the listener is called on the one thread that this owns.
 */
public final class ResourceFolders implements ResourceSource, Dataplanes {
  private final List<Path> roots;
  private final SortedMap<String, List<Document>> embedded;
  private final InstantSource clock;
  private final FolderWatch folderWatch = new FolderWatch();
  private volatile Resources current = Resources.none();
  private final WatchedFiles watched;
  private SortedMap<Path, Reading> readings = new TreeMap<>();
  private SortedMap<String, List<Document>> seen = new TreeMap<>();

  private ResourceFolders(
      List<Path> roots, SortedMap<String, List<Document>> embedded, InstantSource clock) {
    this.roots = List.copyOf(roots);
    this.embedded = embedded;
    this.clock = clock;
    this.watched = new WatchedFiles(clock);
  }

  /**
   * Reads the folders and files once; what is refused in them is in {@link Resources#refusals()}.
   *
   * @throws IllegalArgumentException if one of them is not there
   */
  public static ResourceFolders open(List<Path> roots, InstantSource clock) {
    for (var root : roots) {
      if (!Files.exists(root)) {
        throw new IllegalArgumentException(
            "--resources %s: there is no such file or folder; create it or name another"
                .formatted(root));
      }
    }
    var folders = new ResourceFolders(roots, new TreeMap<>(), clock);
    folders.scan();
    return folders;
  }

  /** Resources that stand in no folder; only the files they refer to are watched. */
  public static ResourceFolders embedded(String yaml, InstantSource clock) {
    var documents = Documents.read("embedded", yaml.getBytes(StandardCharsets.UTF_8));
    var folders =
        new ResourceFolders(List.of(), new TreeMap<>(Map.of("embedded", documents)), clock);
    folders.scan();
    return folders;
  }

  @Override
  public Resources current() {
    return current;
  }

  @Override
  public Optional<Dataplane> find(DataplaneId id) {
    return current().dataplane(id);
  }

  @Override
  public void watch(Listener listener) {
    folderWatch.start(
        () -> {
          var changes = scan();
          if (!changes.isEmpty()) {
            listener.changed(current(), changes);
          }
        });
  }

  /**
   * From now on hears of changes of this file, as {@link Change.FileChanged}, whether or not it is
   * there. Reads it once.
   */
  public void watchFile(Path file) {
    watched.add(file);
  }

  /** Ends the watching; waits for a listener that is being called. */
  @Override
  public void close() {
    folderWatch.close();
  }

  /** Looks at everything once. Only ever on one thread: who opens, then the watch's own. */
  List<Change> scan() {
    var listing = Listing.of(roots);
    readings = read(listing);
    var changes = new ArrayList<Change>();
    var documents = documents(listing);
    if (!documents.equals(seen)) {
      changes.addAll(publish(documents));
    }
    watched.changed().stream().map(Change.FileChanged::new).forEach(changes::add);
    folderWatch.cover(toWatch(listing));
    return changes;
  }

  private SortedMap<Path, Reading> read(Listing listing) {
    var now = clock.instant();
    var next = new TreeMap<Path, Reading>();
    for (var file : listing.files()) {
      var before = readings.get(file);
      next.put(file, before == null ? Reading.of(file, now) : before.again(file, now));
    }
    // What cannot be listed may still be there.
    for (var folder : listing.unreadable().keySet()) {
      readings.forEach(
          (file, before) -> {
            if (file.startsWith(folder)) {
              next.putIfAbsent(file, before);
            }
          });
    }
    return next;
  }

  private SortedMap<String, List<Document>> documents(Listing listing) {
    var documents = new TreeMap<>(embedded);
    readings.forEach((file, reading) -> documents.put(file.toString(), reading.documents()));
    listing
        .unreadable()
        .forEach(
            (folder, why) ->
                documents.putIfAbsent(
                    folder.toString(), List.of(Documents.refused(folder.toString(), why))));
    return documents;
  }

  private List<Change> publish(SortedMap<String, List<Document>> documents) {
    var before = current();
    var next = before.next(documents, clock.instant());
    seen = documents;
    current = next.resources();
    ResourceLog.tell(before, next);
    return next.changes();
  }

  /** The folders, and those to which a link leads or in which a single file stands. */
  private Set<Path> toWatch(Listing listing) {
    var folders = new HashSet<>(listing.folders());
    folders.addAll(watched.folders());
    var files = new ArrayList<>(listing.links());
    files.addAll(roots);
    for (var file : files) {
      FolderWatch.foldersOf(file).forEach(folders::add);
    }
    return folders;
  }
}
