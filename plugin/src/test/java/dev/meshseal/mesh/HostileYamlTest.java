package dev.meshseal.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class HostileYamlTest {
  private static final int SEED = 20260601;
  private static final String SIGNS = "[]{}:,&*!|>'\"%@`#-? \n\t<=~\\0";
  private static final String TOO_MANY =
      "has more than 20000 values with its aliases expanded; split it, or write less by alias";

  /** A file made to hurt, and the beginning of the one thing that is said of it. */
  record Hostile(String name, String yaml, String violation) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Hostile> HOSTILE =
      List.of(
          new Hostile("an alias bomb", bomb(), "line 5, column 15: " + TOO_MANY),
          new Hostile(
              "an alias of itself",
              "type: Mesh\nname: &a [*a]",
              "line 2, column 11: the alias *a contains itself"),
          new Hostile(
              "an alias of nothing",
              "type: Mesh\nname: *a",
              "line 2, column 7: there is no anchor &a before it"),
          new Hostile(
              "aliases that nest",
              nestedAliases(),
              "line 3, column 37: is nested more than 64 levels deep"),
          new Hostile(
              "lists in lists",
              "[".repeat(100_000),
              "line 1, column 65: is nested more than 64 levels deep"),
          new Hostile(
              "objects in objects",
              "{a: ".repeat(100_000),
              "line 1, column 254: is nested more than 64 levels deep"),
          new Hostile(
              "lines ever further in",
              IntStream.range(0, 100)
                  .mapToObj(i -> " ".repeat(i) + "a:\n")
                  .collect(Collectors.joining()),
              "line 64, column 64: is nested more than 64 levels deep"),
          new Hostile(
              "a wide list", "[" + "0,".repeat(100_000) + "]", "line 1, column 40000: " + TOO_MANY),
          new Hostile(
              "too many documents",
              "---\nx\n".repeat(10_001),
              "has 10001 documents, a file may have 10000; split it"),
          new Hostile(
              "a file that is too large",
              " ".repeat(Documents.MAX_BYTES + 1),
              "has 1048577 bytes, a file may have 1048576; split it"),
          new Hostile("a NUL", "type: Mesh\0", "has a NUL byte; it is not a text file"),
          new Hostile(
              "a control character",
              "type: Mesh\nname: \u0007",
              "line 2: has the character U+0007, which YAML forbids"),
          new Hostile(
              "an escape out of range",
              "type: \"\\UFFFFFFFF\"",
              "line 1: is not YAML: the parser gives up on it"),
          new Hostile(
              "another version of YAML",
              "%YAML 3.0\n---\ntype: Mesh",
              "line 1: is not YAML: the parser gives up on it"),
          new Hostile(
              "a tab before a key",
              "type: Mesh\n\tname: a",
              "line 2, column 1: is not YAML: found character '\\t(TAB)'"),
          new Hostile(
              "a field twice",
              "{type: Mesh, name: m, mtls: {backends: [{name: a,\nname: b}]}}",
              "mtls.backends[0].name: stands twice, on line 1 and on line 2; remove one of them"),
          new Hostile(
              "a merge key",
              "type: Mesh\nname: m\nmtls:\n  <<: {enabledBackend: a}",
              "mtls: has a merge key (<<) on line 4, which YAML 1.2 does not know; write the fields"
                  + " out"),
          new Hostile(
              "a key that is a number",
              "{type: Mesh, name: m, mtls: {1: 2}}",
              "mtls: has a key on line 1 that is the number 1; a key must be a string"),
          new Hostile(
              "a key that is a list",
              "type: Mesh\nname: m\n? [a]\n: b",
              "has a key on line 3 that is a list; a key must be a string"),
          new Hostile(
              "a tag of Java",
              "type: Mesh\nname: !!javax.script.ScriptEngineManager m",
              "name: has the YAML tag '!!javax.script.ScriptEngineManager' on line 2, which is not"
                  + " supported; write the value without it"),
          new Hostile(
              "binary",
              "type: Mesh\nname: !!binary bQ==",
              "name: has the YAML tag '!!binary' on line 2, which is not supported"));

  @ParameterizedTest
  @FieldSource("HOSTILE")
  void isRefusedWithASentence(Hostile hostile) {
    var documents = read(hostile.yaml());

    assertThat(documents).singleElement().isInstanceOf(Document.Refused.class);
    assertThat(((Document.Refused) documents.getFirst()).violations().getFirst().toString())
        .startsWith(hostile.violation());
  }

  @Test
  void refusesWhatIsNotUtf8() {
    var latin = "type: Mésh".getBytes(StandardCharsets.ISO_8859_1);

    var documents = Documents.read("f", latin);

    assertThat(((Document.Refused) documents.getFirst()).violations())
        .containsExactly(new Violation("", "is not UTF-8 text; save it as UTF-8"));
  }

  @Test
  void countsWhatAliasesExpandTo() throws Exception {
    var tree = YamlReader.read("a: &a [x, x]\nb: *a\nc: [*a, *a]", 1, new Findings());

    // The root, three keys, the list with two texts four times, and the list of lists.
    assertThat(tree.nodes()).isEqualTo(1 + 3 + 4 * 3 + 1);
  }

  @Test
  void readsExactlyAsManyValuesAsItMay() throws Exception {
    var most = "[" + "0,".repeat(YamlReader.MAX_NODES - 1) + "]";

    assertThat(YamlReader.read(most, 1, new Findings()).nodes()).isEqualTo(YamlReader.MAX_NODES);
    assertThatThrownBy(() -> YamlReader.read("[0," + most.substring(1), 1, new Findings()))
        .hasMessageContaining(TOO_MANY);
  }

  @Test
  void readsExactlyAsDeepAsItMay() throws Exception {
    var deepest = "[".repeat(63) + "0" + "]".repeat(63);

    assertThat(YamlReader.read(deepest, 1, new Findings()).nodes()).isEqualTo(64);
    assertThatThrownBy(() -> YamlReader.read("[" + deepest + "]", 1, new Findings()))
        .hasMessageContaining("nested more than 64 levels");
  }

  @Test
  void listsNoMoreViolationsThanAnyoneReads() {
    var refused = (Document.Refused) read("a: b\n".repeat(5_000)).getFirst();

    assertThat(refused.violations()).hasSizeLessThanOrEqualTo(Findings.MAX_LISTED + 1);
    assertThat(refused.violations().getLast().message()).isEqualTo("and 4000 more violations");
  }

  @Test
  void showsNoWordOfADocumentAtLength() {
    var word = "x".repeat(50_000);

    var refused =
        (Document.Refused)
            read("{type: Mesh, name: %s, mtls: {%s: 1}}".formatted(word, word)).getFirst();

    assertThat(refused.violations()).allMatch(violation -> violation.toString().length() < 500);
  }

  @Test
  void showsNoLineOfADocumentThatIsNotYaml() {
    var refused = (Document.Refused) read("data: topsecret\n  key: [topsecret").getFirst();

    assertThat(refused.toString()).doesNotContain("topsecret");
  }

  @Test
  void survivesAnyMutationOfAValidFile() {
    var random = new Random(SEED);
    var valid = VALID.getBytes(StandardCharsets.UTF_8);
    var outcomes = new int[2];

    for (var i = 0; i < 2_000; i++) {
      var documents = Documents.read("f", mutated(valid, random));

      assertThat(documents.size()).isLessThanOrEqualTo(40);
      for (var document : documents) {
        outcomes[document instanceof Document.Refused refused && refused(refused) ? 0 : 1]++;
      }
    }

    assertThat(outcomes[0]).isGreaterThan(500);
    assertThat(outcomes[1]).isGreaterThan(500);
  }

  @Test
  void staysWithinItsBudgetUnderAnyMutation() {
    var random = new Random(SEED);
    var valid = (bomb() + VALID.replace("---\n", "")).getBytes(StandardCharsets.UTF_8);
    var most = 0;

    for (var i = 0; i < 2_000; i++) {
      most = Math.max(most, nodes(new String(mutated(valid, random), StandardCharsets.UTF_8)));
    }

    assertThat(most).isLessThanOrEqualTo(YamlReader.MAX_NODES);
  }

  private static boolean refused(Document.Refused refused) {
    assertThat(refused.violations()).isNotEmpty();
    assertThat(refused.violations())
        .allMatch(
            violation -> !violation.message().isBlank() && !violation.message().contains("\n"));
    return true;
  }

  private static int nodes(String text) {
    try {
      return YamlReader.read(text, 1, new Findings()).nodes();
    } catch (YamlReader.BrokenYamlException refused) {
      assertThat(refused).hasMessageStartingWith("line ");
      return 0;
    }
  }

  /** One to eight bytes changed, put in, taken out or copied from elsewhere. */
  private static byte[] mutated(byte[] valid, Random random) {
    var text = new StringBuilder(new String(valid, StandardCharsets.ISO_8859_1));
    for (var i = random.nextInt(8); i >= 0; i--) {
      var at = random.nextInt(text.length() - 40);
      switch (random.nextInt(5)) {
        case 0 -> text.setCharAt(at, (char) random.nextInt(256));
        case 1 -> text.insert(at, SIGNS.charAt(random.nextInt(SIGNS.length())));
        case 2 -> text.deleteCharAt(at);
        case 3 -> text.delete(at, at + random.nextInt(40));
        default -> {
          var from = random.nextInt(text.length() - 40);
          text.insert(at, text.substring(from, from + random.nextInt(40)));
        }
      }
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Nine times itself, eight times over. */
  private static String bomb() {
    var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (var i = 1; i < 9; i++) {
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, "*a%d, ".formatted(i - 1).repeat(9)));
    }
    return bomb.toString();
  }

  /** Thirty levels, with forty more by one alias at their bottom. */
  private static String nestedAliases() {
    return "type: Mesh\nname: &a %s%s\nmtls: %s*a%s"
        .formatted("[".repeat(40), "]".repeat(40), "[".repeat(30), "]".repeat(30));
  }

  private static List<Document> read(String yaml) {
    return Documents.read("f", yaml.getBytes(StandardCharsets.UTF_8));
  }

  private static final String VALID =
      """
      type: Mesh
      name: default
      labels:
        meshseal.dev/trust-domain: example.org
        meshseal.dev/spiffe-path: /mesh/{{mesh}}/{{service}}
      mtls:
        enabledBackend: ca-1
        backends:
        - &first
          name: ca-1
          type: builtin
          mode: STRICT
          dpCert: {requestTimeout: 10s, rotation: {expiration: 24h}}
          conf: {caCert: {RSAbits: 3072, expiration: 10y}}
        - name: ca-2
          type: vault
          conf:
            fromCp:
              address: "https://vault:8200"
              auth: {token: {inlineString: 'hvs.x'}}
        - name: ca-3
          type: certmanager
          conf: {issuerRef: {name: issuer}, dnsNames: [a.b]}
      ---
      apiVersion: kuma.io/v1alpha1
      kind: Mesh
      metadata: {name: other}
      spec: {mtls: {backends: []}, metrics: &m {a: 1}, more: *m}
      ---
      type: Secret
      name: s
      data: >-
        YWJj
        ZGVm
      ---
      type: Dataplane
      name: web
      networking:
        inbound: [{port: 80, tags: {kuma.io/service: web, version: "1"}}]
      """;
}
