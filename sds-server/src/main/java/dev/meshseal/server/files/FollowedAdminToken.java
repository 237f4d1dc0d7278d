package dev.meshseal.server.files;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin token in a file that somebody else keeps: when it is another there, the one before
 * counts no more. A file that cannot be used changes nothing. Thread-safe.
 */
public final class FollowedAdminToken implements Supplier<AdminToken> {
  private static final Logger LOG = LoggerFactory.getLogger(FollowedAdminToken.class);

  private final Path file;
  private final InstantSource clock;
  private FileState state;
  private AdminToken token;

  private FollowedAdminToken(Path file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
    // First its state: what is written after that is read again.
    this.state = FileState.UNSEEN.look(file, clock.instant()).state();
    this.token = AdminToken.read(file);
  }

  /**
   * @throws DataDirectoryException if the file is not there, or damaged
   */
  public static FollowedAdminToken open(Path file, InstantSource clock) {
    return new FollowedAdminToken(file, clock);
  }

  /** The token there is now. Reads the file's stamp, and its content where that is another. */
  @Override
  public synchronized AdminToken get() {
    var look = state.look(file, clock.instant());
    state = look.state();
    if (!(look instanceof FileState.Look.Same)) {
      takeIfUsable();
    }
    return token;
  }

  private void takeIfUsable() {
    try {
      token = AdminToken.read(file);
      LOG.info("another admin token counts now");
    } catch (DataDirectoryException unusable) {
      LOG.atWarn()
          .addKeyValue("reason", unusable.getMessage())
          .log("the admin token stays as it was");
    }
  }
}
