package dev.meshseal.server.admin;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.util.logging.LogManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log of the process, on standard error. */
public final class Logs {
  private Logs() {}

  /**
   * From now on the log is in this format, and our own lines down to this level. Lines of libraries
   * stay at INFO and above.
   */
  public static void start(LogFormat format, org.slf4j.event.Level level) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger("dev.meshseal").setLevel(Level.convertAnSLF4JLevel(level));
      context
          .getLogger(Logger.ROOT_LOGGER_NAME)
          .iteratorForAppenders()
          .forEachRemaining(
              appender -> {
                if (appender instanceof OutputStreamAppender<ILoggingEvent> stream
                    && stream.getEncoder() instanceof LogEncoder encoder) {
                  encoder.use(format);
                }
              });
    }
    bridge();
  }

  /** What logs by the JDK, as gRPC does, comes out in the same lines. */
  private static void bridge() {
    LogManager.getLogManager().reset();
    var root = java.util.logging.Logger.getLogger("");
    root.setLevel(java.util.logging.Level.INFO);
    root.addHandler(new JdkLogHandler());
  }
}
