package dev.meshseal.server.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The resource files under some folders, links followed, each folder once.
 *
 * @param links those of the files that are links, and so may change elsewhere
 * @param folders that were listed, and so are worth watching
 * @param unreadable the folders that could not be listed to their end, and why
 */
record Listing(
    SortedSet<Path> files, Set<Path> links, Set<Path> folders, SortedMap<Path, String> unreadable) {
  static final int MAX_FILES = 10_000;
  private static final int MAX_DEPTH = 8;
  private static final List<String> ENDINGS = List.of(".yaml", ".yml", ".json");

  static Listing of(List<Path> roots) {
    var walk = new Walk();
    roots.forEach(walk::root);
    return new Listing(walk.files, walk.links, walk.folders, walk.unreadable);
  }

  private static final class Walk {
    private final SortedSet<Path> files = new TreeSet<>();
    private final Set<Path> links = new HashSet<>();
    private final Set<Path> folders = new HashSet<>();
    private final SortedMap<Path, String> unreadable = new TreeMap<>();
    private final Set<Path> seen = new HashSet<>();

    /** A file that is named is read whatever it is called; one that is gone is just not there. */
    void root(Path root) {
      if (Files.isRegularFile(root)) {
        files.add(root);
      } else if (Files.isDirectory(root)) {
        folder(root, 1);
      } else if (Files.notExists(root) && Files.exists(parent(root))) {
        gone(root);
      } else {
        unreadable.put(root, "cannot be read");
      }
    }

    private void gone(Path root) {
      if (!isResource(root)) {
        unreadable.put(root, "there is no such folder");
      }
    }

    private static Path parent(Path path) {
      var parent = path.toAbsolutePath().getParent();
      return parent == null ? path : parent;
    }

    private void folder(Path folder, int depth) {
      try {
        // A link may lead back to a folder above it.
        if (depth > MAX_DEPTH || !seen.add(folder.toRealPath())) {
          return;
        }
        folders.add(folder);
        for (var entry : entries(folder)) {
          entry(entry, depth);
        }
      } catch (IOException | DirectoryIteratorException failure) {
        unreadable.put(folder, "cannot be listed: " + reason(failure));
      }
    }

    private static String reason(Exception failure) {
      return failure instanceof IOException io ? FileContent.reason(io) : "it changed meanwhile";
    }

    private static List<Path> entries(Path folder) throws IOException {
      var entries = new ArrayList<Path>();
      try (var stream = Files.newDirectoryStream(folder)) {
        stream.forEach(entries::add);
      }
      entries.sort(null);
      return entries;
    }

    /** One look at each entry: there may be thousands, and this is done at every change. */
    private void entry(Path entry, int depth) {
      if (isHidden(entry)) {
        return;
      }
      var kind = attributes(entry);
      if (kind.filter(BasicFileAttributes::isDirectory).isPresent()) {
        folder(entry, depth + 1);
      } else if (kind.filter(BasicFileAttributes::isSymbolicLink).isPresent()) {
        link(entry, depth);
      } else if (kind.isPresent() && isResource(entry)) {
        file(entry);
      }
    }

    private void link(Path link, int depth) {
      if (Files.isDirectory(link)) {
        folder(link, depth + 1);
      } else if (isResource(link)) {
        links.add(link);
        file(link);
      }
    }

    /** Empty if it is gone since its folder was listed. */
    private static Optional<BasicFileAttributes> attributes(Path entry) {
      try {
        return Optional.of(
            Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
      } catch (IOException gone) {
        return Optional.empty();
      }
    }

    private void file(Path file) {
      if (files.size() >= MAX_FILES) {
        unreadable.put(
            file, "is not read: the folders have more than %d files".formatted(MAX_FILES));
        return;
      }
      files.add(file);
    }

    /** As {@code ..data}, through which Kubernetes swaps the files of a mounted ConfigMap. */
    private static boolean isHidden(Path entry) {
      return name(entry).startsWith(".");
    }

    private static boolean isResource(Path entry) {
      return ENDINGS.stream().anyMatch(name(entry)::endsWith);
    }

    private static String name(Path entry) {
      var name = entry.getFileName();
      return name == null ? "" : name.toString();
    }
  }
}
