package dev.meshseal.kubernetes.requests;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says every few seconds how far a herd is worked off, while requests wait for their turn. */
final class HerdLog {
  private static final Logger LOG = LoggerFactory.getLogger(HerdLog.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final Pacing pacing;
  private final AtomicBoolean watching = new AtomicBoolean();

  HerdLog(Pacing pacing) {
    this.pacing = pacing;
  }

  /** Somebody waits; returns at once. */
  void waiting() {
    if (watching.compareAndSet(false, true)) {
      Thread.ofVirtual().name("meshseal-herd").start(this::watch);
    }
  }

  private void watch() {
    try {
      Thread.sleep(EVERY);
      while (pacing.progress().queued() > 0) {
        LOG.atInfo()
            .addKeyValue("progress", pacing.progress())
            .log("requests to cert-manager wait for their turn");
        Thread.sleep(EVERY);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      watching.set(false);
    }
  }
}
