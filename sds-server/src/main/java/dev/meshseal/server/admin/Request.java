package dev.meshseal.server.admin;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request that was let in.
 *
 * @param path its segments, each of plain characters only
 * @param query its parameters, each given once
 */
record Request(Method method, List<String> path, Map<String, String> query, boolean authorized) {
  enum Method {
    GET,
    POST
  }

  Request {
    path = List.copyOf(path);
    query = Map.copyOf(query);
  }

  Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name));
  }
}
