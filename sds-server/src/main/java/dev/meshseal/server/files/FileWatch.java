package dev.meshseal.server.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls back soon after something in a folder has changed, on a thread of its own. The system's own
 * notices are taken where there are any; they may be lost, or a folder be on a disk of another
 * machine, so it also calls every two seconds. What is called looks for itself what is new, and
 * must bear a call for nothing.
 */
final class FileWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);
  private static final Duration AT_LEAST_EVERY = Duration.ofSeconds(2);
  private static final Duration WITHOUT_NOTICES = Duration.ofMillis(500);

  private final List<Path> folders;
  private final Runnable look;
  private final Thread thread;
  // Only the thread touches it.
  private String lastProblem = "";

  private FileWatch(List<Path> folders, Runnable look) {
    this.folders = folders;
    this.look = look;
    this.thread = Thread.ofVirtual().name("file-watch").unstarted(this::watch);
  }

  static FileWatch start(Collection<Path> folders, Runnable look) {
    var watch = new FileWatch(List.copyOf(folders), look);
    watch.thread.start();
    return watch;
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void watch() {
    try (var notices = folders.getFirst().getFileSystem().newWatchService()) {
      var watched = new HashSet<Path>();
      while (!thread.isInterrupted()) {
        register(watched, notices);
        look();
        await(notices, watched);
      }
    } catch (IOException | UnsupportedOperationException none) {
      LOG.warn("the system gives no notice of changed files, so they are looked at twice a second");
      poll();
    } catch (InterruptedException closed) {
      thread.interrupt();
    }
  }

  // A folder may be made, or be replaced, while it is watched for.
  private void register(Set<Path> watched, WatchService notices) throws IOException {
    for (var folder : folders) {
      if (!watched.contains(folder) && Files.isDirectory(folder)) {
        folder.register(
            notices,
            StandardWatchEventKinds.ENTRY_CREATE,
            StandardWatchEventKinds.ENTRY_MODIFY,
            StandardWatchEventKinds.ENTRY_DELETE);
        watched.add(folder);
      }
    }
  }

  private static void await(WatchService notices, Set<Path> watched) throws InterruptedException {
    var key = notices.poll(AT_LEAST_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    while (key != null) {
      key.pollEvents();
      if (!key.reset()) {
        watched.remove((Path) key.watchable());
      }
      key = notices.poll();
    }
  }

  private void poll() {
    try {
      while (true) {
        look();
        Thread.sleep(WITHOUT_NOTICES);
      }
    } catch (InterruptedException closed) {
      thread.interrupt();
    }
  }

  private void look() {
    try {
      look.run();
      lastProblem = "";
    } catch (RuntimeException e) {
      // Whoever looks keeps what it had; the next look may find better.
      var problem = String.valueOf(e.getMessage());
      if (!problem.equals(lastProblem)) {
        LOG.error("changed files are not taken, and what was read before stays: {}", problem);
      }
      lastProblem = problem;
    }
  }
}
