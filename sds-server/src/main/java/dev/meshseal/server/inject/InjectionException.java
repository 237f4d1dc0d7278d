package dev.meshseal.server.inject;

import java.util.List;

/** Workloads that cannot be given a sidecar; each with a sentence that says why and what to do. */
public final class InjectionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final List<String> sentences;

  public InjectionException(List<String> sentences) {
    super(String.join("; ", sentences));
    this.sentences = List.copyOf(sentences);
  }

  InjectionException(String sentence) {
    this(List.of(sentence));
  }

  InjectionException(String sentence, Throwable cause) {
    super(sentence, cause);
    this.sentences = List.of(sentence);
  }

  public List<String> sentences() {
    return sentences;
  }
}
