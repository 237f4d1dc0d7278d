package dev.meshseal.mesh;

/**
 * One reason why a document is refused.
 *
 * @param path where in the document, as in {@code mtls.backends[0].conf.cert}; empty for the whole
 * @param message what is wrong there and what would be right; lower case, no final period
 */
public record Violation(String path, String message) {
  /** This violation, seen from further up the document. */
  public Violation under(String prefix) {
    if (path.isEmpty()) {
      return new Violation(prefix, message);
    }
    return new Violation(path.startsWith("[") ? prefix + path : prefix + "." + path, message);
  }

  @Override
  public String toString() {
    return path.isEmpty() ? message : path + ": " + message;
  }
}
