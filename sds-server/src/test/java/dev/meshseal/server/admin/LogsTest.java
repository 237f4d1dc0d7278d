package dev.meshseal.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LogsTest {
  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final List<String> written = new ArrayList<>();
    private LogFormat format = LogFormat.TEXT;

    @Override
    protected synchronized void append(ILoggingEvent event) {
      written.add(LogLine.of(event).write(format));
    }
  }

  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Logger ours = LoggerFactory.getLogger("dev.meshseal.test");
  private final Lines lines = new Lines();
  private final Level before = root.getLevel();

  @BeforeEach
  void listen() {
    lines.setContext(context);
    lines.start();
    root.addAppender(lines);
  }

  @AfterEach
  void restore() {
    root.detachAppender(lines);
    root.setLevel(before);
    context.getLogger("io.netty").setLevel(Level.INFO);
    context.getLogger("io.grpc.netty").setLevel(Level.INFO);
  }

  @Test
  void writesAnEventAsOneLineOfPairs() {
    ours.atInfo()
        .addKeyValue("mesh", "default")
        .addKeyValue("backend", "ca 1")
        .log("certificate issued");

    assertThat(lines.written)
        .singleElement()
        .asString()
        .matches(
            "time=\\S+ level=info logger=dev\\.meshseal\\.test msg=\"certificate issued\""
                + " mesh=default backend=\"ca 1\"\n");
  }

  @Test
  void writesTheSameAsJson() {
    lines.format = LogFormat.JSON;
    ours.atWarn().addKeyValue("mesh", "de\"fault").log("x");

    assertThat(lines.written)
        .singleElement()
        .asString()
        .startsWith("{\"time\":\"")
        .endsWith(
            ",\"level\":\"warn\",\"logger\":\"dev.meshseal.test\",\"msg\":\"x\",\"mesh\":\"de\\\"fault\"}\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nlevel=error msg=forged",
        "a\r\nb",
        "a\u001b[2Jb",
        "a\u2028b",
        "a\u202eb",
        "a\u0000b",
        "a\u0085b"
      })
  void letsNoValueForgeALine(String value) {
    for (var format : LogFormat.values()) {
      lines.format = format;
      ours.atInfo().addKeyValue("name", value).log("seen {}", value);
    }

    assertThat(lines.written)
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line.substring(0, line.length() - 1))
                    .matches("\\P{Cntrl}*")
                    .doesNotContain("\u2028", "\u202e"));
  }

  @Test
  void tellsAnErrorInTheSameLine() {
    ours.error(
        "it failed", new IllegalStateException("outer\nline", new RuntimeException("inner")));

    assertThat(lines.written)
        .singleElement()
        .asString()
        .contains(
            "error=\"java.lang.IllegalStateException: outer\\nline; caused by java.lang.RuntimeException: inner\"",
            "stack=")
        .satisfies(line -> assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.netty.handler.codec.http2.Http2FrameLogger",
        "io.grpc.netty.NettyServerHandler",
        "io.grpc.netty.NettyClientHandler",
        "io.grpc.internal.ServerImpl",
        "com.nimbusds.jose.JWSVerifier",
        "sun.net.httpserver",
        "jdk.internal.httpclient.debug",
        "tools.jackson.core"
      })
  void keepsLibrariesQuietEvenWhenEverythingIsTraced(String library) {
    root.setLevel(Level.TRACE);
    context.getLogger("io.netty").setLevel(Level.TRACE);
    context.getLogger("io.grpc.netty").setLevel(Level.TRACE);
    var logger = LoggerFactory.getLogger(library);

    logger.trace("DATA streamId=3 bytes=2d2d2d2d2d424547494e");
    logger.debug("OUTBOUND DATA bytes={}", "2d2d2d2d2d424547494e");
    logger.atDebug().addKeyValue("key", "x").log("frame");

    assertThat(logger.isDebugEnabled()).isFalse();
    assertThat(lines.written).isEmpty();
  }

  @Test
  void hearsNothingOfTheKubernetesClientWhoseFailuresWeTellOurselves() {
    var client =
        LoggerFactory.getLogger("io.fabric8.kubernetes.client.informers.impl.cache.Reflector");

    client.error("listSyncAndWatch failed", new IllegalStateException("403"));

    assertThat(lines.written).isEmpty();
  }

  @Test
  void tracesOurOwnWhenToldTo() {
    root.setLevel(Level.TRACE);

    ours.trace("a step");

    assertThat(lines.written).hasSize(1);
  }

  @Test
  void passesOnWhatTheJdkLogsButNothingOfItsDebugging() {
    Logs.start(LogFormat.TEXT, org.slf4j.event.Level.INFO);
    var jdk = java.util.logging.Logger.getLogger("io.grpc.netty.NettyServerTransport");
    jdk.setLevel(java.util.logging.Level.ALL);
    java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.ALL);

    jdk.finest("frame with a key");
    jdk.fine("frame with a key");
    jdk.log(java.util.logging.Level.WARNING, "transport failed: {0}", "reset");

    assertThat(lines.written)
        .singleElement()
        .asString()
        .contains("level=warn", "logger=io.grpc.netty.NettyServerTransport")
        .contains("msg=\"transport failed: reset\"");
  }

  @Test
  void leavesOutKeysAndTokensThatSomethingLogsAllTheSame() {
    ours.info("got -----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY----- here");
    ours.atInfo()
        .addKeyValue("token", "eyJhbGciOiJFUzI1NiJ9.eyJNZXNoIjoiZGVmYXVsdCJ9.c2lnbmF0dXJl")
        .log("x");
    ours.info("cut off: -----BEGIN EC PRIVATE KEY-----\nMIGHAgEAMBMG");

    assertThat(String.join("", lines.written))
        .doesNotContain("MIGHAgEAMBMG", "eyJhbGci", "c2lnbmF0dXJl")
        .contains("[key left out]", "[token left out]");
  }
}
