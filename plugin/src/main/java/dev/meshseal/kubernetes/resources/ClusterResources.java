package dev.meshseal.kubernetes.resources;

import dev.meshseal.kubernetes.ApiFailure;
import dev.meshseal.kubernetes.ApiPath;
import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.Follower;
import dev.meshseal.kubernetes.Following;
import dev.meshseal.kubernetes.Pace;
import dev.meshseal.kubernetes.Selection;
import dev.meshseal.mesh.Document;
import dev.meshseal.mesh.Documents;
import dev.meshseal.mesh.ResourceLog;
import dev.meshseal.mesh.ResourceSource;
import dev.meshseal.mesh.Resources;
import dev.meshseal.x509.Fingerprint;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The Meshes of an API server, and the Secrets of type {@code system.kuma.io/secret} in the system
 * namespace. What was read once holds until the API server says otherwise, however long it is away.
 * Only what has changed is read again.
 */
public final class ClusterResources implements ResourceSource {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterResources.class);

  /** Of the Secrets that belong to a mesh. */
  static final String SECRET_TYPE = "system.kuma.io/secret";

  private static final Set<ClusterObject.Kind> ALL_KINDS = EnumSet.allOf(ClusterObject.Kind.class);

  static final ApiPath MESHES = ApiPath.of("kuma.io", "v1alpha1", "meshes");

  static ApiPath secrets(Cluster cluster) {
    return ApiPath.of("", "v1", "secrets").in(cluster.systemNamespace());
  }

  private final InstantSource clock;
  private final Following meshes;
  private final Following secrets;
  private final List<MeshObserver> observers = new CopyOnWriteArrayList<>();
  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  private final CountDownLatch ready = new CountDownLatch(1);
  private volatile Resources current = Resources.none();
  private volatile Optional<Thread> thread = Optional.empty();

  // Only ever touched by the thread.
  private final SortedMap<String, Held> held = new TreeMap<>();
  private final Set<ClusterObject.Kind> tried = EnumSet.noneOf(ClusterObject.Kind.class);
  private final Set<ClusterObject.Kind> listed = EnumSet.noneOf(ClusterObject.Kind.class);
  private boolean stale;

  /** What an object declares, and by what it is known that this has not changed. */
  private record Held(
      ClusterObject.Kind kind, String name, String fingerprint, Document document) {}

  private sealed interface News {
    record All(ClusterObject.Kind kind, Map<String, ClusterObject> objects) implements News {}

    record Changed(ClusterObject object) implements News {}

    record Removed(ClusterObject object) implements News {}

    record Failed(ClusterObject.Kind kind) implements News {}
  }

  /** Sends nothing until it is watched. */
  public ClusterResources(Cluster cluster, InstantSource clock, RandomGenerator random) {
    this(cluster, clock, random, Pace.DEFAULT);
  }

  public ClusterResources(Cluster cluster, InstantSource clock, RandomGenerator random, Pace pace) {
    this.clock = clock;
    this.meshes =
        new Following(
            cluster,
            Following.Target.of(MESHES),
            new Follow(ClusterObject.Kind.MESH, news),
            pace,
            random);
    this.secrets =
        new Following(
            cluster,
            Following.Target.of(secrets(cluster))
                .selecting(Selection.ofFields("type=" + SECRET_TYPE)),
            new Follow(ClusterObject.Kind.SECRET, news),
            pace,
            random);
  }

  /** What the API server says of one kind, as news. */
  private static final class Follow implements Follower {
    private final ClusterObject.Kind kind;
    private final BlockingQueue<News> news;
    private Map<String, ClusterObject> found = new HashMap<>();

    Follow(ClusterObject.Kind kind, BlockingQueue<News> news) {
      this.kind = kind;
      this.news = news;
    }

    @Override
    public void listing() {
      found = new HashMap<>();
    }

    @Override
    public void found(JsonNode object) {
      var one = ClusterObject.of(kind, object);
      found.put(one.place(), one);
    }

    @Override
    public void listed() {
      news.add(new News.All(kind, found));
      found = new HashMap<>();
    }

    @Override
    public void changed(JsonNode object) {
      news.add(new News.Changed(ClusterObject.of(kind, object)));
    }

    @Override
    public void removed(JsonNode object) {
      news.add(new News.Removed(ClusterObject.of(kind, object)));
    }

    @Override
    public void failed(ApiFailure failure) {
      news.add(new News.Failed(kind));
    }
  }

  void observe(MeshObserver observer) {
    observers.add(observer);
  }

  @Override
  public Resources current() {
    return current;
  }

  /** Whether all Meshes and Secrets have been read once, and the listener has heard of them. */
  public boolean isComplete() {
    return ready.getCount() == 0;
  }

  /**
   * Waits until all Meshes and Secrets have been read once and the listener has heard of them.
   *
   * @return whether they have been by then; if not, they are still asked for
   */
  public boolean awaitComplete(Duration patience) throws InterruptedException {
    return ready.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Why Meshes or Secrets cannot be followed just now, a sentence each. */
  public List<String> troubles() {
    var troubles = new ArrayList<String>();
    meshes.trouble().map(ApiFailure::message).ifPresent(troubles::add);
    secrets.trouble().map(ApiFailure::message).ifPresent(troubles::add);
    return List.copyOf(troubles);
  }

  @Override
  public void watch(Listener listener) {
    thread =
        Optional.of(Thread.ofVirtual().name("cluster-resources").unstarted(() -> run(listener)));
    thread.ifPresent(Thread::start);
    meshes.start();
    secrets.start();
  }

  @Override
  public void close() {
    meshes.close();
    secrets.close();
    thread.ifPresent(ClusterResources::end);
  }

  private static void end(Thread thread) {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the thread

  private void run(Listener listener) {
    try {
      while (true) {
        var batch = new ArrayList<News>();
        batch.add(news.take());
        news.drainTo(batch);
        handle(batch, listener);
      }
    } catch (InterruptedException closed) {
      LOG.debug("no longer reading what the API server declares");
    }
  }

  private void handle(List<News> batch, Listener listener) {
    try {
      batch.forEach(this::apply);
      publish(listener);
    } catch (RuntimeException bug) {
      LOG.error("a change of the API server's objects could not be handled", bug);
    }
  }

  private void apply(News one) {
    switch (one) {
      case News.All all -> {
        tried.add(all.kind());
        listed.add(all.kind());
        List.copyOf(held.entrySet()).stream()
            .filter(entry -> entry.getValue().kind() == all.kind())
            .filter(entry -> !all.objects().containsKey(entry.getKey()))
            .forEach(entry -> remove(entry.getKey()));
        all.objects().values().forEach(this::put);
      }
      case News.Changed changed -> put(changed.object());
      case News.Removed removed -> remove(removed.object().place());
      case News.Failed failed -> tried.add(failed.kind());
    }
  }

  private void put(ClusterObject object) {
    var fingerprint = Fingerprint.of(object.json());
    var now =
        Optional.ofNullable(held.get(object.place()))
            .filter(before -> before.fingerprint().equals(fingerprint))
            .orElseGet(() -> readAgain(object, fingerprint));
    if (object.kind() == ClusterObject.Kind.MESH) {
      observers.forEach(observer -> observer.seen(object, now.document()));
    }
  }

  private Held readAgain(ClusterObject object, String fingerprint) {
    var document = Documents.readObject(object.place(), object.bytes());
    var now = new Held(object.kind(), object.name(), fingerprint, document);
    held.put(object.place(), now);
    stale = true;
    return now;
  }

  private void remove(String place) {
    var gone = held.remove(place);
    if (gone == null) {
      return;
    }
    stale = true;
    if (gone.kind() == ClusterObject.Kind.MESH) {
      observers.forEach(observer -> observer.gone(gone.name()));
    }
  }

  /**
   * Waits for both kinds at first: a Mesh whose Secrets are not read yet would be found wanting.
   */
  private void publish(Listener listener) {
    if (!tried.containsAll(ALL_KINDS)) {
      return;
    }
    if (stale) {
      stale = false;
      var documents = new TreeMap<String, List<Document>>();
      held.forEach((place, one) -> documents.put(place, List.of(one.document())));
      var before = current;
      var next = before.next(documents, clock.instant());
      current = next.resources();
      ResourceLog.tell(before, next);
      if (!next.changes().isEmpty()) {
        listener.changed(next.resources(), next.changes());
      }
    }
    if (listed.containsAll(ALL_KINDS)) {
      ready.countDown();
    }
  }
}
