package dev.meshseal.mesh;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * All that the operator's files declare at one moment: the last good of every resource, and beside
 * them the documents that are refused. Immutable.
 */
public final class Resources {
  private static final Resources NONE = new Resources(new TreeMap<>(), List.of());

  private final SortedMap<Resource.Key, Document.Valid> held;
  private final List<Refusal> refusals;
  private final SortedMap<String, Mesh> meshes;
  private final SortedMap<DataplaneId, Dataplane> dataplanes;

  private Resources(SortedMap<Resource.Key, Document.Valid> held, List<Refusal> refusals) {
    this.held = Collections.unmodifiableSortedMap(held);
    this.refusals = List.copyOf(refusals);
    var byName = new TreeMap<String, Mesh>();
    var byId = new TreeMap<DataplaneId, Dataplane>();
    for (var document : held.values()) {
      switch (document.resource()) {
        case Mesh mesh -> byName.put(mesh.name(), mesh);
        case Resource.Proxy proxy -> byId.put(proxy.dataplane().id(), proxy.dataplane());
        case Secret secret -> {}
      }
    }
    this.meshes = Collections.unmodifiableSortedMap(byName);
    this.dataplanes = Collections.unmodifiableSortedMap(byId);
  }

  /**
   * A document that is refused now.
   *
   * @param since when it was first seen as it is
   * @param lastGoodStays whether an earlier, valid version of it is still in use
   */
  public record Refusal(Document.Refused document, Instant since, boolean lastGoodStays) {}

  /** What follows from reading the files again, and what that changed. */
  public record Next(Resources resources, List<Change> changes) {
    public Next {
      changes = List.copyOf(changes);
    }
  }

  public static Resources none() {
    return NONE;
  }

  public SortedMap<String, Mesh> meshes() {
    return meshes;
  }

  public Optional<Mesh> mesh(String name) {
    return Optional.ofNullable(meshes.get(name));
  }

  /** The names of the meshes of which a backend is opened with this file. */
  public List<String> meshesReading(Path file) {
    return meshes.values().stream().filter(mesh -> reads(mesh, file)).map(Mesh::name).toList();
  }

  private static boolean reads(Mesh mesh, Path file) {
    return mesh.backends().stream()
        .flatMap(backend -> backend.conf().sources().stream())
        .anyMatch(
            source -> source instanceof DataSource.File one && Path.of(one.path()).equals(file));
  }

  public Optional<Secret> secret(String mesh, String name) {
    var document = held.get(new Resource.Key(Resource.Kind.SECRET, mesh, name));
    return document != null && document.resource() instanceof Secret secret
        ? Optional.of(secret)
        : Optional.empty();
  }

  public SortedMap<DataplaneId, Dataplane> dataplanes() {
    return dataplanes;
  }

  public Optional<Dataplane> dataplane(DataplaneId id) {
    return Optional.ofNullable(dataplanes.get(id));
  }

  public List<Refusal> refusals() {
    return refusals;
  }

  /** Where a resource stands, and what is to be said of it. */
  public Optional<Document.Valid> document(Resource.Key key) {
    return Optional.ofNullable(held.get(key));
  }

  /**
   * What holds once the files have been read again.
   *
   * @param files the documents of every file there is now; a file that is missing is gone, with all
   *     that it declared
   */
  public Next next(SortedMap<String, List<Document>> files, Instant now) {
    var step = new Step(files);
    var next = new Resources(step.held(), step.refusals(now));
    return new Next(next, changes(next));
  }

  private List<Change> changes(Resources next) {
    var changes = new ArrayList<Change>();
    held.keySet().stream()
        .filter(key -> !next.held.containsKey(key))
        .map(Resources::removed)
        .forEach(changes::add);
    next.held.forEach(
        (key, document) -> {
          var before = held.get(key);
          if (before == null || !before.resource().equals(document.resource())) {
            changes.add(changed(document.resource()));
          }
        });
    return changes;
  }

  private static Change removed(Resource.Key key) {
    return switch (key.kind()) {
      case MESH -> new Change.MeshRemoved(key.name());
      case SECRET -> new Change.SecretChanged(key.mesh(), key.name());
      case DATAPLANE -> new Change.DataplaneRemoved(new DataplaneId(key.mesh(), key.name()));
    };
  }

  private static Change changed(Resource resource) {
    return switch (resource) {
      case Mesh mesh -> new Change.MeshChanged(mesh);
      case Secret secret -> new Change.SecretChanged(secret.mesh(), secret.name());
      case Resource.Proxy proxy -> new Change.DataplaneChanged(proxy.dataplane());
    };
  }

  /** One step from these resources to the next. */
  private final class Step {
    private final SortedMap<Resource.Key, Document.Valid> declared = new TreeMap<>();
    private final List<Document.Refused> refused = new ArrayList<>();
    private final Set<Resource.Key> refusedKeys = new HashSet<>();
    private final Set<String> unsureFiles = new HashSet<>();
    private final Set<String> heldFiles =
        held.values().stream().map(good -> good.at().file()).collect(Collectors.toSet());
    private final Map<Document.Location, Refusal> before =
        refusals.stream()
            .collect(
                Collectors.toMap(
                    refusal -> refusal.document().at(), refusal -> refusal, (one, other) -> one));

    Step(SortedMap<String, List<Document>> files) {
      // Where two declare the same, the one that is in use goes on being used.
      files.values().forEach(documents -> documents.forEach(this::declareAgain));
      files.values().forEach(documents -> documents.forEach(this::declare));
      files.forEach(this::refuseEmptied);
      for (var document : refused) {
        document
            .key()
            .ifPresentOrElse(refusedKeys::add, () -> unsureFiles.add(document.at().file()));
      }
    }

    SortedMap<Resource.Key, Document.Valid> held() {
      var all = new TreeMap<>(declared);
      held.forEach(
          (key, document) -> {
            if (stays(key, document)) {
              all.putIfAbsent(key, document);
            }
          });
      return all;
    }

    /** Refused itself, or perhaps the one that is refused in its file without saying its name. */
    private boolean stays(Resource.Key key, Document.Valid document) {
      return refusedKeys.contains(key) || unsureFiles.contains(document.at().file());
    }

    List<Refusal> refusals(Instant now) {
      var keys = held().keySet();
      return refused.stream()
          .map(
              document ->
                  new Refusal(document, since(document, now), lastGoodStays(document, keys)))
          .toList();
    }

    private boolean lastGoodStays(Document.Refused document, Set<Resource.Key> keys) {
      return document
          .key()
          .map(keys::contains)
          .orElseGet(() -> heldFiles.stream().anyMatch(file -> isIn(file, document)));
    }

    /** What is refused may be a whole folder. */
    private static boolean isIn(String file, Document.Refused document) {
      var refusedFile = document.at().file();
      return file.equals(refusedFile) || file.startsWith(refusedFile + "/");
    }

    private Instant since(Document.Refused document, Instant now) {
      return Optional.ofNullable(before.get(document.at()))
          .filter(refusal -> refusal.document().equals(document))
          .map(Refusal::since)
          .orElse(now);
    }

    private void declareAgain(Document document) {
      if (document instanceof Document.Valid valid) {
        var inUse = held.get(valid.resource().key());
        if (inUse != null && inUse.at().file().equals(valid.at().file())) {
          declared.putIfAbsent(valid.resource().key(), valid);
        }
      }
    }

    private void declare(Document document) {
      switch (document) {
        case Document.Valid valid -> {
          var other = declared.putIfAbsent(valid.resource().key(), valid);
          if (other != null && !other.at().equals(valid.at())) {
            refused.add(Documents.duplicate(valid, other.at()));
          }
        }
        case Document.Refused bad -> refused.add(bad);
        case Document.Ignored ignored -> {}
      }
    }

    /** A file is empty for a moment while it is written in place. */
    private void refuseEmptied(String file, List<Document> documents) {
      if (documents.isEmpty() && heldFiles.contains(file)) {
        refused.add(
            Documents.refused(
                file, "has become empty; what it declared stays until the file is removed"));
      }
    }
  }
}
