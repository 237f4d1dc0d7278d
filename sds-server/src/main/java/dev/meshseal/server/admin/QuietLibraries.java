package dev.meshseal.server.admin;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Libraries say nothing below INFO, whatever the levels are set to: at DEBUG, Netty prints the
 * frames of HTTP/2, and with them private keys and tokens. The Kubernetes client says nothing at
 * all: what the API server refuses is said by us, once and in a sentence, not with a stack trace.
 * Public because Logback makes it.
 */
public final class QuietLibraries extends TurboFilter {
  private static final String OURS = "dev.meshseal.";
  private static final String KUBERNETES = "io.fabric8.";

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] parameters,
      @Nullable Throwable thrown) {
    var name = logger.getName();
    var isHeard =
        name.startsWith(OURS)
            || (level.isGreaterOrEqual(Level.INFO) && !name.startsWith(KUBERNETES));
    return isHeard ? FilterReply.NEUTRAL : FilterReply.DENY;
  }
}
