package dev.meshseal.server.admin;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;

/** One line an event. Public because Logback makes it, as its configuration says. */
public final class LogEncoder extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = new byte[0];

  private volatile LogFormat format = LogFormat.TEXT;

  /** Called by Logback with the word of its configuration. */
  public void setFormat(String word) {
    format = LogFormat.parse(word);
  }

  void use(LogFormat newFormat) {
    format = newFormat;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    return LogLine.of(event).write(format).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
