package dev.meshseal.kubernetes.pods;

import dev.meshseal.kubernetes.Follower;
import tools.jackson.databind.JsonNode;

/**
 * Hears of every pod there is, and passes it on; nothing is listed, for nothing is kept of most.
 */
record PodFollower(Pods pods) implements Follower {
  @Override
  public void listing() {}

  @Override
  public void found(JsonNode pod) {}

  @Override
  public void listed() {
    pods.readAgain();
  }

  @Override
  public void changed(JsonNode pod) {
    pods.heard(pod);
  }

  @Override
  public void removed(JsonNode pod) {
    pods.gone(pod);
  }
}
