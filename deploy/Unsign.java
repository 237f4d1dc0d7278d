import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Takes the signatures out of the jars of a folder: {@code java Unsign.java FOLDER}.
 *
 * <p>Maven has compared their checksums. A signature inside changes nothing for an OpenJDK but costs:
 * each class and the native library is hashed when it is read, and no class of a signed jar goes
 * into the archive for a fast start.
 */
class Unsign {
  public static void main(String[] arguments) throws IOException {
    try (var jars = Files.newDirectoryStream(Path.of(arguments[0]), "*.jar")) {
      for (var jar : jars) {
        unsign(jar);
      }
    }
  }

  private static void unsign(Path jar) throws IOException {
    try (var zip = FileSystems.newFileSystem(jar);
        var signatures =
            Files.newDirectoryStream(zip.getPath("META-INF"), "*.{SF,RSA,DSA,EC}")) {
      for (var signature : signatures) {
        Files.delete(signature);
      }
    }
  }
}
