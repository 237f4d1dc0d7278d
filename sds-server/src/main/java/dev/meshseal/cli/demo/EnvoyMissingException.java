package dev.meshseal.cli.demo;

/** There is no Envoy to run; the message says what to install. */
public final class EnvoyMissingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EnvoyMissingException(String message) {
    super(message);
  }
}
