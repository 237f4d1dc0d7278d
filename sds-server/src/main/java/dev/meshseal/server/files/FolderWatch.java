package dev.meshseal.server.files;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that looks when something in a folder has moved, and now and then in any case. */
final class FolderWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FolderWatch.class);

  /**
   * An editor writes, renames and touches in one go; what follows within this is looked at once.
   */
  private static final Duration SETTLE = Duration.ofMillis(5);

  /** A folder in which something moves all the time is looked at all the same. */
  private static final int MOST_ROUNDS = 20;

  /**
   * The kernel tells nothing of writes on other machines (NFS), below an overlay, behind a link to
   * elsewhere, or once its limit of watches is reached.
   */
  private static final Duration LOOK_ANYWAY = Duration.ofSeconds(10);

  private final Optional<WatchService> service;
  private final Map<Path, WatchKey> keys = new HashMap<>();
  private boolean grown;
  private volatile boolean open = true;
  private volatile Optional<Thread> thread = Optional.empty();

  FolderWatch() {
    this.service = service();
  }

  private static Optional<WatchService> service() {
    try {
      return Optional.of(FileSystems.getDefault().newWatchService());
    } catch (IOException failure) {
      LOG.atWarn()
          .addKeyValue("reason", FileContent.reason(failure))
          .log("folders cannot be watched; they are looked at every 10 seconds");
      return Optional.empty();
    }
  }

  /** The folders in which a file can change: its own, and that to which it links. */
  static List<Path> foldersOf(Path file) {
    var folders = new ArrayList<Path>();
    parent(file.toAbsolutePath()).ifPresent(folders::add);
    try {
      parent(file.toRealPath()).ifPresent(folders::add);
    } catch (IOException gone) {
      // There is no file to follow; its own folder tells when it comes.
    }
    return folders;
  }

  private static Optional<Path> parent(Path file) {
    return Optional.ofNullable(file.getParent());
  }

  void start(Runnable look) {
    var started =
        Thread.ofPlatform().daemon().name("meshseal-resources").unstarted(() -> run(look));
    thread = Optional.of(started);
    started.start();
  }

  private void run(Runnable look) {
    try {
      while (open) {
        look(look);
        // A file may have come into a folder after the look at it and before the watch over it.
        if (!grown) {
          await();
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException closed) {
      LOG.debug("folders are watched no more");
    }
  }

  /** What goes wrong once must not end the watching; it is tried again at the next look. */
  private void look(Runnable look) {
    grown = false;
    try {
      look.run();
    } catch (ClosedWatchServiceException closed) {
      throw closed;
    } catch (RuntimeException | Error failure) {
      LOG.atError().setCause(failure).log("looking at the resource folders failed; trying again");
    }
  }

  private void await() throws InterruptedException {
    if (service.isEmpty()) {
      Thread.sleep(LOOK_ANYWAY);
      return;
    }
    var key = service.orElseThrow().poll(LOOK_ANYWAY.toMillis(), TimeUnit.MILLISECONDS);
    for (var round = 0; key != null && round < MOST_ROUNDS; round++) {
      key.pollEvents();
      if (!key.reset()) {
        keys.values().remove(key);
      }
      key = service.orElseThrow().poll(SETTLE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Watches exactly these folders from now on. On the thread that looks. */
  void cover(Set<Path> folders) {
    var real =
        folders.stream().flatMap(folder -> real(folder).stream()).collect(Collectors.toSet());
    keys.forEach(
        (folder, key) -> {
          if (!real.contains(folder)) {
            key.cancel();
          }
        });
    keys.values().removeIf(key -> !key.isValid());
    real.stream().filter(folder -> !keys.containsKey(folder)).forEach(this::register);
  }

  /** One folder under two names would have one key, and cancelling it would end both. */
  private static Optional<Path> real(Path folder) {
    try {
      return Optional.of(folder.toRealPath());
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private void register(Path folder) {
    if (service.isEmpty()) {
      return;
    }
    try {
      keys.put(
          folder,
          folder.register(
              service.orElseThrow(),
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_MODIFY,
              StandardWatchEventKinds.ENTRY_DELETE));
      grown = true;
    } catch (IOException failure) {
      LOG.atDebug()
          .addKeyValue("folder", folder)
          .addKeyValue("reason", FileContent.reason(failure))
          .log("folder cannot be watched; it is looked at every 10 seconds");
    }
  }

  @Override
  public void close() {
    open = false;
    service.ifPresent(FolderWatch::close);
    thread.ifPresent(FolderWatch::end);
  }

  private static void close(WatchService service) {
    try {
      service.close();
    } catch (IOException failure) {
      LOG.atDebug().setCause(failure).log("closing the watch failed");
    }
  }

  private static void end(Thread thread) {
    if (thread.equals(Thread.currentThread())) {
      return;
    }
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
