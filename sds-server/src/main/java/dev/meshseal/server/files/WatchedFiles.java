package dev.meshseal.server.files;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Files that somebody has read and wants to read again when they change. Thread-safe. */
final class WatchedFiles {
  private final InstantSource clock;
  private final Map<Path, FileState> states = new ConcurrentHashMap<>();

  WatchedFiles(InstantSource clock) {
    this.clock = clock;
  }

  /** From now on it is one of them, whether or not it is there. Reads it once. */
  void add(Path file) {
    states.computeIfAbsent(file, path -> FileState.UNSEEN.look(path, clock.instant()).state());
  }

  /** Those that are new, have other content or are gone since they were last looked at. */
  List<Path> changed() {
    var changed = new ArrayList<Path>();
    states.replaceAll(
        (file, before) -> {
          var look = before.look(file, clock.instant());
          if (!(look instanceof FileState.Look.Same)) {
            changed.add(file);
          }
          return look.state();
        });
    return changed;
  }

  /** Where one of them can change. */
  Set<Path> folders() {
    var folders = new HashSet<Path>();
    states.keySet().forEach(file -> folders.addAll(FolderWatch.foldersOf(file)));
    return folders;
  }
}
