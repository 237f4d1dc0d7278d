package dev.meshseal.kubernetes;

import tools.jackson.databind.JsonNode;

/**
 * Hears what there is of one kind, and what becomes of it, in order and on one thread. What it is
 * told of stays true until it is told otherwise, also while the API server is away. Should not
 * wait.
 */
public interface Follower {
  /** A list begins: each object there is follows, as {@link #found}. May begin anew at any time. */
  void listing();

  void found(JsonNode object);

  /** The list is whole; what was not found in it is gone. */
  void listed();

  /** An object is new, or is not what it was. */
  void changed(JsonNode object);

  /** An object is gone; this is what it was at last. */
  void removed(JsonNode object);

  /** It cannot be followed now; it is tried again, and this is called each time. */
  default void failed(ApiFailure failure) {}

  /** After it could not be followed, it can be again. */
  default void recovered() {}
}
