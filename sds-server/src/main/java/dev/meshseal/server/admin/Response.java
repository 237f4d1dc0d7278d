package dev.meshseal.server.admin;

import java.util.Map;

/** What goes back. */
record Response(int status, String type, String body, Map<String, String> headers) {
  static Response json(int status, Object value) {
    return new Response(status, "application/json", Json.text(value), Map.of());
  }

  static Response error(int status, String sentence) {
    return json(status, Map.of("error", sentence));
  }

  static Response text(int status, String type, String body) {
    return new Response(status, type, body, Map.of());
  }

  Response with(String name, String value) {
    return new Response(status, type, body, Map.of(name, value));
  }
}
