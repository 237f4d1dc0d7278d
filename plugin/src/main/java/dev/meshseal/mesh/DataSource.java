package dev.meshseal.mesh;

import java.nio.charset.StandardCharsets;

/** Where a value of a backend's {@code conf} comes from. Prints no value it holds. */
public sealed interface DataSource {
  /** A Secret of the same mesh. */
  record Secret(String name) implements DataSource {
    @Override
    public String toString() {
      return "secret '" + name + "'";
    }
  }

  /** A file on the server's machine. */
  record File(String path) implements DataSource {
    @Override
    public String toString() {
      return "file '" + path + "'";
    }
  }

  /** The value itself, from {@code inline} (base64) or {@code inlineString}. */
  record Inline(String value) implements DataSource {
    /** The bytes of an {@code inline}, each as one Latin-1 character, so that none is lost. */
    public static Inline of(byte[] bytes) {
      return new Inline(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    /** The text of an {@code inlineString}, as UTF-8. */
    public static Inline ofString(String text) {
      return of(text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] bytes() {
      return value.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
      return "inline value";
    }
  }
}
