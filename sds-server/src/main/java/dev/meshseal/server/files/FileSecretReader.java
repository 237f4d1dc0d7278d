package dev.meshseal.server.files;

import dev.meshseal.ca.CaException;
import dev.meshseal.ca.SecretReader;
import dev.meshseal.mesh.DataSource;
import dev.meshseal.mesh.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Reads data sources: Secrets from the resources, files only below the folders that were opened for
 * that, so that who may write a Mesh may not read the machine. Blocks for a small file's time.
 */
public final class FileSecretReader implements SecretReader {
  private final Supplier<Resources> resources;
  private final List<Path> roots;
  private final Consumer<Path> watch;

  /**
   * @param roots the folders below which files may be read, links followed
   * @param watch is told of each file before it is read, so that its next change is noticed
   */
  public FileSecretReader(Supplier<Resources> resources, List<Path> roots, Consumer<Path> watch) {
    this.resources = resources;
    this.roots = List.copyOf(roots);
    this.watch = watch;
  }

  @Override
  public byte[] read(String mesh, DataSource source) {
    return switch (source) {
      case DataSource.Secret secret -> secret(mesh, secret);
      case DataSource.File file -> file(mesh, file);
      case DataSource.Inline inline -> inline.bytes();
    };
  }

  private byte[] secret(String mesh, DataSource.Secret source) {
    return resources
        .get()
        .secret(mesh, source.name())
        .orElseThrow(
            () ->
                CaException.unavailable(
                    "mesh '%s' refers to %s, which is not there; add a document of type Secret with mesh: %s and name: %s"
                        .formatted(mesh, source, mesh, source.name())))
        .data();
  }

  private byte[] file(String mesh, DataSource.File source) {
    var given = Path.of(source.path());
    var real = real(mesh, source, given);
    try {
      // Where it leads has been checked; a link put there since must not be followed.
      if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
        throw CaException.rejected(
            "mesh '%s' refers to %s, which is not a regular file".formatted(mesh, source));
      }
      watch.accept(given);
      return requireSmall(mesh, source, FileContent.read(real));
    } catch (IOException failure) {
      throw unreadable(mesh, source, failure);
    }
  }

  /**
   * Says the same of a file outside whether it is there or not, so that nobody can ask for names.
   */
  private Path real(String mesh, DataSource.File source, Path given) {
    if (!isBelowARoot(given.toAbsolutePath().normalize())) {
      throw outside(mesh, source);
    }
    try {
      var real = given.toRealPath();
      if (roots.stream().noneMatch(root -> isBelow(root, real))) {
        throw outside(mesh, source);
      }
      return real;
    } catch (IOException failure) {
      watch.accept(given);
      throw unreadable(mesh, source, failure);
    }
  }

  private boolean isBelowARoot(Path path) {
    return roots.stream()
        .anyMatch(
            root -> path.startsWith(root.toAbsolutePath().normalize()) || isBelow(root, path));
  }

  private static boolean isBelow(Path root, Path real) {
    try {
      return real.startsWith(root.toRealPath());
    } catch (IOException gone) {
      return false;
    }
  }

  private CaException outside(String mesh, DataSource.File source) {
    return CaException.rejected(
        "mesh '%s' refers to %s, which is in %s; move it, or start with --files DIR to open its folder"
            .formatted(
                mesh,
                source,
                roots.isEmpty()
                    ? "no folder that is open to meshes"
                    : "none of the folders open to meshes, " + roots));
  }

  private static CaException unreadable(String mesh, DataSource.File source, IOException failure) {
    return CaException.unavailable(
        "mesh '%s' refers to %s, which cannot be read: %s"
            .formatted(mesh, source, FileContent.reason(failure)),
        failure);
  }

  private static byte[] requireSmall(String mesh, DataSource.File source, FileContent content) {
    if (content.isTooLarge()) {
      throw CaException.rejected(
          "mesh '%s' refers to %s, which has more than %d bytes"
              .formatted(mesh, source, FileContent.MAX_BYTES));
    }
    return content.bytes();
  }
}
