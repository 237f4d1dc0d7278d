package dev.meshseal.server.admin;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/** The fields of one event, in their order. Whatever they hold, they make one line. */
record LogLine(List<Field> fields) {
  /** A name that we chose, and a value that may come from anywhere. */
  record Field(String name, String value) {}

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._:/@+,%~-]+");

  // Nothing should ever log these. If something does, the line must not be where they leak.
  private static final Pattern PRIVATE_KEY =
      Pattern.compile(
          "-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)",
          Pattern.DOTALL);
  private static final Pattern TOKEN =
      Pattern.compile("eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]*");

  LogLine {
    fields = List.copyOf(fields);
  }

  static LogLine of(ILoggingEvent event) {
    var fields = new ArrayList<Field>();
    fields.add(new Field("time", event.getInstant().toString()));
    fields.add(new Field("level", event.getLevel().toString().toLowerCase(Locale.ROOT)));
    fields.add(new Field("logger", event.getLoggerName()));
    fields.add(new Field("msg", String.valueOf(event.getFormattedMessage())));
    for (var pair : pairs(event.getKeyValuePairs())) {
      fields.add(new Field(pair.key, String.valueOf(pair.value)));
    }
    addError(event, event.getThrowableProxy(), fields);
    return new LogLine(fields);
  }

  private static List<KeyValuePair> pairs(@Nullable List<KeyValuePair> pairs) {
    return pairs == null ? List.of() : pairs;
  }

  private static void addError(
      ILoggingEvent event, @Nullable IThrowableProxy thrown, List<Field> fields) {
    if (thrown == null) {
      return;
    }
    fields.add(new Field("error", causes(thrown)));
    // A stack is for bugs; what is expected to fail is told in a sentence.
    if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
      fields.add(
          new Field(
              "stack",
              Arrays.stream(thrown.getStackTraceElementProxyArray())
                  .limit(40)
                  .map(frame -> frame.getStackTraceElement().toString())
                  .collect(Collectors.joining(" < "))));
    }
  }

  private static String causes(IThrowableProxy thrown) {
    var causes = new ArrayList<String>();
    for (@Nullable IThrowableProxy cause = thrown;
        cause != null && causes.size() < 5;
        cause = cause.getCause()) {
      causes.add(cause.getClassName() + ": " + cause.getMessage());
    }
    return String.join("; caused by ", causes);
  }

  String write(LogFormat format) {
    return switch (format) {
      case TEXT ->
          fields.stream()
              .map(field -> name(field) + "=" + bare(redacted(field.value())))
              .collect(Collectors.joining(" ", "", "\n"));
      case JSON ->
          fields.stream()
              .map(field -> quoted(name(field)) + ":" + quoted(redacted(field.value())))
              .collect(Collectors.joining(",", "{", "}\n"));
    };
  }

  private static String name(Field field) {
    return PLAIN.matcher(field.name()).matches() && !field.name().contains("=")
        ? field.name()
        : "field";
  }

  private static String bare(String value) {
    return PLAIN.matcher(value).matches() ? value : quoted(value);
  }

  static String redacted(String value) {
    var text = value;
    if (text.contains("PRIVATE KEY")) {
      text = PRIVATE_KEY.matcher(text).replaceAll("[key left out]");
    }
    if (text.contains("eyJ")) {
      text = TOKEN.matcher(text).replaceAll("[token left out]");
    }
    return text;
  }

  private static String quoted(String value) {
    var quoted = new StringBuilder(value.length() + 2).append('"');
    for (var i = 0; i < value.length(); i++) {
      var c = value.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (mustEscape(c)) {
            quoted.append("\\u").append(HexFormat.of().toHexDigits(c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** Control characters, Unicode's line ends, marks that turn the direction, lone surrogates. */
  private static boolean mustEscape(char c) {
    return Character.isISOControl(c)
        || c == '\u2028'
        || c == '\u2029'
        || (c >= '\u202a' && c <= '\u202e')
        || (c >= '\u2066' && c <= '\u2069')
        || c == '\ufeff';
  }
}
