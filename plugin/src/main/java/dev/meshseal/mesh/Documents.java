package dev.meshseal.mesh;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of a file → its documents. Nothing that a file holds makes it throw, and the work is
 * bounded by the file's size; a broken document hides none of the others.
 */
public final class Documents {
  /** A larger file is refused unread. */
  public static final int MAX_BYTES = 1 << 20;

  static final int MAX_DOCUMENTS = 10_000;

  private Documents() {}

  /**
   * Reads all documents of one file.
   *
   * @param file as messages should call it
   */
  public static List<Document> read(String file, byte[] yaml) {
    if (yaml.length > MAX_BYTES) {
      return List.of(tooLarge(file, yaml.length));
    }
    var text = utf8(yaml);
    if (text.isEmpty()) {
      return List.of(refused(file, "is not UTF-8 text; save it as UTF-8"));
    }
    if (text.orElseThrow().indexOf('\0') >= 0) {
      return List.of(refused(file, "has a NUL byte; it is not a text file"));
    }
    var chunks = Chunk.split(text.orElseThrow());
    if (chunks.size() > MAX_DOCUMENTS) {
      return List.of(
          refused(
              file,
              "has %d documents, a file may have %d; split it"
                  .formatted(chunks.size(), MAX_DOCUMENTS)));
    }
    var documents = new ArrayList<Document>();
    for (var chunk : chunks) {
      documents.addAll(
          DocumentReader.read(
              new Document.Location(file, chunk.number(), chunk.line()), chunk.text()));
    }
    return List.copyOf(documents);
  }

  /**
   * Reads one object of a Kubernetes API server.
   *
   * @param object as messages should call it
   */
  public static Document readObject(String object, byte[] json) {
    if (json.length > MAX_BYTES) {
      return new Document.Refused(
          new Document.Location(object, 0, 1),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          List.of(
              new Violation("", "has %d bytes, it may have %d".formatted(json.length, MAX_BYTES))));
    }
    var at = new Document.Location(object, 0, 1);
    return DocumentReader.read(at, new String(json, StandardCharsets.UTF_8)).getFirst();
  }

  /** A file that is refused for its size, without reading it. */
  public static Document.Refused tooLarge(String file, long bytes) {
    return refused(file, "has %d bytes, a file may have %d; split it".formatted(bytes, MAX_BYTES));
  }

  /** A file that is refused as a whole. */
  public static Document.Refused refused(String file, String message) {
    return new Document.Refused(
        new Document.Location(file, 1, 1),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(new Violation("", message)));
  }

  /** The same documents, refusing each that declares again what one before it declares. */
  public static List<Document> refuseDuplicates(List<Document> documents) {
    var first = new HashMap<Resource.Key, Document.Location>();
    return documents.stream()
        .map(
            document -> {
              if (!(document instanceof Document.Valid valid)) {
                return document;
              }
              var other = first.putIfAbsent(valid.resource().key(), valid.at());
              return other == null ? valid : duplicate(valid, other);
            })
        .toList();
  }

  static Document.Refused duplicate(Document.Valid document, Document.Location other) {
    var key = document.resource().key();
    return new Document.Refused(
        document.at(),
        document.kind(),
        document.name(),
        Optional.of(key),
        List.of(
            new Violation(
                "name",
                "%s stands in %s already, and in %s again; remove one of them"
                    .formatted(key, other, document.at()))));
  }

  private static Optional<String> utf8(byte[] bytes) {
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return Optional.of(text.startsWith("\uFEFF") ? text.substring(1) : text);
    } catch (CharacterCodingException malformed) {
      return Optional.empty();
    }
  }
}
