package dev.meshseal.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class FaultDocTest {
  @Test
  void theDocumentationHasEveryCodeAndNoOther() throws IOException {
    var page = Files.readString(Path.of("..", "docs", "explain.md"));

    var headings =
        Pattern.compile("^### (MS\\d{3})$", Pattern.MULTILINE)
            .matcher(page)
            .results()
            .map(heading -> heading.group(1))
            .toList();

    assertThat(headings)
        .containsExactlyElementsOf(Arrays.stream(Fault.values()).map(Fault::name).toList());
    for (var fault : Fault.values()) {
      assertThat(page).contains("### " + fault + "\n\n**" + sentence(fault.title()) + "**");
    }
  }

  private static String sentence(String title) {
    var first = title.startsWith("mTLS") ? "m" : title.substring(0, 1).toUpperCase(Locale.ROOT);
    return first + title.substring(1) + ".";
  }
}
