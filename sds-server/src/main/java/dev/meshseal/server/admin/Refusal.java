package dev.meshseal.server.admin;

/** A request is not answered; carries the HTTP status and a sentence for the client. */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Response response;

  Refusal(Response response) {
    super("refused with " + response.status());
    this.response = response;
  }

  Refusal(int status, String sentence) {
    this(Response.error(status, sentence));
  }

  Response response() {
    return response;
  }
}
