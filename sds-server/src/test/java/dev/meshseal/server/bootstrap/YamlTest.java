package dev.meshseal.server.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class YamlTest {
  private static final String ALPHABET = " \n\r\t:#-'\"\\{}[]|>&*!%@`~aZ09.,?=é\u2029";

  @Test
  void isWrittenForPeopleToRead() {
    var document =
        Yaml.map(
            "node",
            Yaml.map("id", "default.web-1", "cluster", "web"),
            "names",
            List.of("a", "b c"),
            "items",
            List.of(Yaml.map("port", 8080, "deep", Yaml.map("tls", true)), Yaml.map()),
            "pem",
            "-----BEGIN-----\nabc=\n");

    assertThat(Yaml.write(document))
        .isEqualTo(
            """
            node:
              id: default.web-1
              cluster: web
            names:
            - a
            - "b c"
            items:
            - port: 8080
              deep:
                tls: true
            - {}
            pem: |
              -----BEGIN-----
              abc=
            """);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "yes",
        "No",
        "null",
        "~",
        "1",
        "1.0",
        "0x1",
        "1e3",
        "5s",
        ".inf",
        "a: b",
        "a #b",
        "- a",
        "a\nb",
        "a\n b\n",
        "\n",
        " a\n",
        "'",
        "\"",
        "\\",
        "{}",
        "[]",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "|",
        ">",
        "a\tb",
        "\u0000",
        "\u007f",
        "\u0085",
        "\u2028",
        "\ufeff",
        "ü",
        "😀",
        "---",
        "...",
        "a\r\nb\r\n",
        "<<",
        "=",
        "?",
        ": ",
        "${x}"
      })
  void everyTextComesBackAsItWas(String text) {
    var document = Yaml.map(text, text, "list", List.of(text, Yaml.map("k", text)));

    assertThat(read(Yaml.write(document)))
        .isEqualTo(Map.of(text, text, "list", List.of(text, Map.of("k", text))));
  }

  @RepeatedTest(200)
  void randomTextComesBackAsItWas(RepetitionInfo seed) {
    var random = new Random(seed.getCurrentRepetition());
    var text =
        IntStream.range(0, random.nextInt(12))
            .mapToObj(i -> String.valueOf(ALPHABET.charAt(random.nextInt(ALPHABET.length()))))
            .collect(Collectors.joining());

    assertThat(read(Yaml.write(Yaml.map("key", text)))).isEqualTo(Map.of("key", text));
  }

  private static Object read(String yaml) {
    return new Load(LoadSettings.builder().build()).loadFromString(yaml);
  }
}
