package dev.meshseal.server.admin;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/** Passes what was logged by the JDK on to SLF4J; nothing below INFO, whatever the levels say. */
final class JdkLogHandler extends Handler {
  private static final SimpleFormatter MESSAGES = new SimpleFormatter();

  @Override
  public void publish(LogRecord entry) {
    if (entry.getLevel().intValue() < Level.INFO.intValue()) {
      return;
    }
    var name = entry.getLoggerName();
    LoggerFactory.getLogger(name == null || name.isEmpty() ? "jdk" : name)
        .atLevel(level(entry.getLevel()))
        .setCause(entry.getThrown())
        .log(MESSAGES.formatMessage(entry));
  }

  private static org.slf4j.event.Level level(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return org.slf4j.event.Level.ERROR;
    }
    return level.intValue() >= Level.WARNING.intValue()
        ? org.slf4j.event.Level.WARN
        : org.slf4j.event.Level.INFO;
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
