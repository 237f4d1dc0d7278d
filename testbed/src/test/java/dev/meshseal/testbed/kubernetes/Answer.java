package dev.meshseal.testbed.kubernetes;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a server answered over HTTP. */
public record Answer(String call, int status, String body) {
  private static final JsonMapper JSON = JsonMapper.shared();

  public JsonNode json() {
    return JSON.readTree(body);
  }

  public boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  /** This, if it is a success; otherwise the test fails with what the server said. */
  public Answer require() {
    if (!isSuccess()) {
      throw new AssertionError("%s was answered %d: %s".formatted(call, status, body));
    }
    return this;
  }
}
