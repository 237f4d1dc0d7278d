package dev.meshseal.mesh;

import java.util.List;

/**
 * Where an operator declares Meshes and what belongs to them: folders, or a Kubernetes API server.
 * The last good state is always there to be read, whatever becomes of the place it came from.
 */
public interface ResourceSource extends AutoCloseable {
  /** What holds now. Never blocks; thread-safe. */
  Resources current();

  /** Starts to watch, once. What has changed since the source was opened is heard of first. */
  void watch(Listener listener);

  /** Ends the watching; waits for a listener that is being called. */
  @Override
  void close();

  /** Hears of every change, one at a time, on a thread of the source; should not wait. */
  @FunctionalInterface
  interface Listener {
    /**
     * @param now what holds from now on, the same as {@link ResourceSource#current()}
     * @param changes what is different; never empty
     */
    void changed(Resources now, List<Change> changes);
  }
}
