package dev.meshseal.mesh;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One value of a YAML document, with the line where it begins; prints none of what it holds. */
sealed interface YamlNode {
  /** Counted from 1, in the file. */
  int line();

  /** What this is, without its value, as in {@code a string}. */
  String kind();

  /** What this is, with its value where that is short. Not for what may be a secret. */
  default String described() {
    return kind();
  }

  record Mapping(int line, Map<String, YamlNode> fields) implements YamlNode {
    public Mapping {
      fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    @Override
    public String kind() {
      return "an object";
    }

    @Override
    public String toString() {
      return kind();
    }
  }

  record Sequence(int line, List<YamlNode> items) implements YamlNode {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String kind() {
      return "a list";
    }

    @Override
    public String toString() {
      return kind();
    }
  }

  record Text(int line, String value) implements YamlNode {
    @Override
    public String kind() {
      return "a string";
    }

    @Override
    public String described() {
      return "the string " + Words.quote(value);
    }

    @Override
    public String toString() {
      return kind();
    }
  }

  /** A number, as the document writes it. */
  record Numeral(int line, String value) implements YamlNode {
    @Override
    public String kind() {
      return "a number";
    }

    @Override
    public String described() {
      return "the number " + Words.shorten(value);
    }

    @Override
    public String toString() {
      return kind();
    }
  }

  record Flag(int line, boolean value) implements YamlNode {
    @Override
    public String kind() {
      return "a boolean";
    }

    @Override
    public String described() {
      return "the boolean " + value;
    }

    @Override
    public String toString() {
      return kind();
    }
  }

  /** A key without a value, or {@code null}: the same as a field that is not there. */
  record Nothing(int line) implements YamlNode {
    @Override
    public String kind() {
      return "null";
    }
  }
}
