package dev.meshseal.server.files;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Consumer;

/** Tells when a file that a data source names has changed, where resources are not in folders. */
public final class FileChanges implements AutoCloseable {
  private final WatchedFiles files;
  private final FolderWatch folders = new FolderWatch();

  public FileChanges(InstantSource clock) {
    this.files = new WatchedFiles(clock);
  }

  /** From now on hears of its changes, whether or not it is there. Reads it once. */
  public void watch(Path file) {
    files.add(file);
  }

  /**
   * Starts to look, once.
   *
   * @param changed is told of each file that is new, has other content or is gone; on a thread of
   *     this, one at a time
   */
  public void follow(Consumer<Path> changed) {
    folders.start(
        () -> {
          files.changed().forEach(changed);
          folders.cover(files.folders());
        });
  }

  /** Ends the watching; waits for who is being told. */
  @Override
  public void close() {
    folders.close();
  }
}
