package dev.meshseal.kubernetes;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Calls of the API server whose objects are plain JSON, so that nothing an object holds is lost to
 * a type. Each blocks no longer than its deadline; thread-safe.
 */
public final class JsonApi {
  private static final String JSON = "application/json";

  /** How many objects are asked for at once. */
  private static final int PAGE = 500;

  private final Cluster cluster;
  private final Duration deadline;
  private final JsonMapper mapper = ApiJson.MAPPER;

  public JsonApi(Cluster cluster) {
    this(cluster, Cluster.CALL_TIMEOUT);
  }

  JsonApi(Cluster cluster, Duration deadline) {
    this.cluster = cluster;
    this.deadline = deadline;
  }

  /**
   * @throws ApiException also if there is none, of kind {@code NOT_FOUND}
   */
  public JsonNode get(ApiPath path, String name) {
    return call(path.call("get").named(name), request(path.object(name), JSON).build());
  }

  /** The object, unless there is none. */
  public Optional<JsonNode> find(ApiPath path, String name) {
    try {
      return Optional.of(get(path, name));
    } catch (ApiException failure) {
      if (failure.kind() == ApiFailure.Kind.NOT_FOUND) {
        return Optional.empty();
      }
      throw failure;
    }
  }

  /** Returns what was created. */
  public JsonNode create(ApiPath path, JsonNode object) {
    return call(
        path.call("create"),
        request(path.collection(), JSON).method("POST", JSON, object.toString()).build());
  }

  /** Merges into an object (RFC 7396); returns what it then is. */
  public JsonNode merge(ApiPath path, String name, JsonNode patch) {
    return patch(path.call("patch").named(name), path.object(name), patch);
  }

  /** Merges into the status of an object, by its subresource. */
  public JsonNode mergeStatus(ApiPath path, String name, JsonNode patch) {
    var status =
        new ApiPath(path.group(), path.version(), path.resource() + "/status", path.namespace());
    return patch(status.call("patch").named(name), path.object(name) + "/status", patch);
  }

  private JsonNode patch(ApiCall call, String path, JsonNode patch) {
    return call(
        call,
        request(path, JSON)
            .method("PATCH", "application/merge-patch+json", patch.toString())
            .build());
  }

  /** Whether the objects of this kind have this part of their own, as {@code status}. */
  public boolean has(ApiPath path, String subresource) {
    var served = call(path.call("discover"), request(path.root(), JSON).build());
    var wanted = path.resource() + "/" + subresource;
    return served
        .path("resources")
        .valueStream()
        .anyMatch(resource -> resource.path("name").asString("").equals(wanted));
  }

  /** Where the objects of a kind are, by what the API server serves; empty if it has no such. */
  public Optional<Served> served(String group, String kind) {
    var call = ApiCall.of("discover", group, kind);
    var versions = call(call, request("/apis/" + group, JSON).build()).path("versions");
    for (var version : versions) {
      var path = ApiPath.of(group, version.path("version").asString(""), "");
      var resources = call(call, request(path.root(), JSON).build()).path("resources");
      for (var resource : resources) {
        var plural = resource.path("name").asString("");
        if (resource.path("kind").asString("").equals(kind) && !plural.contains("/")) {
          return Optional.of(
              new Served(
                  ApiPath.of(group, path.version(), plural),
                  resource.path("namespaced").asBoolean(false)));
        }
      }
    }
    return Optional.empty();
  }

  /** A kind that the API server has, and whether its objects are in namespaces. */
  public record Served(ApiPath path, boolean namespaced) {}

  /** Deletes an object, if it is there. */
  public void delete(ApiPath path, String name) {
    try {
      call(
          path.call("delete").named(name),
          request(path.object(name), JSON).method("DELETE", JSON, "{}").build());
    } catch (ApiException failure) {
      if (failure.kind() != ApiFailure.Kind.NOT_FOUND) {
        throw failure;
      }
    }
  }

  /** The object, unless there is none; found by a list, so that it takes no right to get it. */
  public Optional<JsonNode> findListed(ApiPath path, String name) {
    var found = new ArrayList<JsonNode>(1);
    list(path, Selection.named(name), found::add);
    return found.stream().findFirst();
  }

  /** Hands on each of the objects, page by page. */
  public void list(ApiPath path, Selection selection, Consumer<JsonNode> each) {
    list(path, selection, ObjectForm.WHOLE, each);
  }

  // ---- for what follows a kind

  /** Returns the version that the whole list is of. */
  String list(ApiPath path, Selection selection, ObjectForm form, Consumer<JsonNode> each) {
    var next = "";
    while (true) {
      var page = page(path, selection, form, PAGE, next);
      page.path("items").forEach(each);
      next = page.path("metadata").path("continue").asString("");
      if (next.isEmpty()) {
        return version(page);
      }
    }
  }

  /** The version that there is now. */
  String version(ApiPath path, Selection selection, ObjectForm form) {
    return version(page(path, selection, form, 1, ""));
  }

  private static String version(JsonNode list) {
    return list.path("metadata").path("resourceVersion").asString("");
  }

  private JsonNode page(
      ApiPath path, Selection selection, ObjectForm form, int limit, String next) {
    var query =
        "?limit="
            + limit
            + (next.isEmpty() ? "" : "&continue=" + Selection.encoded(next))
            + selection.query();
    return call(path.call("list"), request(path.collection() + query, form.list()).build());
  }

  /** Opens a watch that lasts no longer than this, whatever the API server does. */
  WatchStream watch(ApiCall call, String pathAndQuery, String accept, Duration longest) {
    var request =
        cluster
            .watches()
            .newHttpRequestBuilder()
            .uri(URI.create(cluster.address() + pathAndQuery))
            .setHeader("Accept", accept)
            .timeout(longest.toMillis(), TimeUnit.MILLISECONDS)
            .forStreaming()
            .build();
    var stream = new WatchStream(longest);
    try {
      var response = Calls.await(cluster.watches().consumeBytes(request, stream), deadline);
      stream.begin(response.body());
      if (response.code() != 200) {
        throw refused(response.code(), stream.rest(deadline), retryAfter(response));
      }
      return stream;
    } catch (KubernetesClientException failure) {
      stream.close();
      throw new ApiException(ApiFailure.of(call, failure), failure);
    }
  }

  // ---- one call

  private HttpRequest.Builder request(String pathAndQuery, String accept) {
    return cluster
        .watches()
        .newHttpRequestBuilder()
        .uri(URI.create(cluster.address() + pathAndQuery))
        .setHeader("Accept", accept)
        .timeout(deadline.toMillis(), TimeUnit.MILLISECONDS);
  }

  private JsonNode call(ApiCall call, HttpRequest request) {
    try {
      var response =
          cluster.calls().answer(http -> http.sendAsync(request, byte[].class), deadline);
      if (!response.isSuccessful()) {
        throw refused(response.code(), response.body(), retryAfter(response));
      }
      return mapper.readTree(response.body());
    } catch (JacksonException malformed) {
      var failure = new KubernetesClientException("its answer is not JSON", malformed);
      throw new ApiException(ApiFailure.of(call, failure), failure);
    } catch (KubernetesClientException failure) {
      throw new ApiException(ApiFailure.of(call, failure), failure);
    }
  }

  private static Optional<Integer> retryAfter(HttpResponse<?> response) {
    return Optional.ofNullable(response.header("Retry-After"))
        .filter(text -> text.matches("[0-9]{1,6}"))
        .map(Integer::valueOf);
  }

  private KubernetesClientException refused(int code, byte[] body, Optional<Integer> retryAfter) {
    var status = status(code, body);
    if (retryAfter.isPresent()) {
      status =
          new StatusBuilder(status)
              .editOrNewDetails()
              .withRetryAfterSeconds(retryAfter.get())
              .endDetails()
              .build();
    }
    return new KubernetesClientException(status.getMessage(), code, status);
  }

  /** A {@code Status}; what stands before an API server answers with anything. */
  private Status status(int code, byte[] body) {
    try {
      var json = mapper.readTree(body);
      if (json.path("kind").asString("").equals("Status")) {
        return status(code, json);
      }
    } catch (JacksonException notJson) {
      // what it says is then its whole text
    }
    return new StatusBuilder()
        .withCode(code)
        .withMessage(new String(body, StandardCharsets.UTF_8))
        .build();
  }

  /** What the API server says of a failure, in the form that the client has for it. */
  static Status status(int code, JsonNode json) {
    var details = json.path("details");
    return new StatusBuilder()
        .withCode(code)
        .withReason(json.path("reason").asString(""))
        .withMessage(json.path("message").asString("no reason given"))
        .withNewDetails()
        .withKind(details.path("kind").asString(""))
        .withName(details.path("name").asString(""))
        .withRetryAfterSeconds(details.path("retryAfterSeconds").asInt(0))
        .endDetails()
        .build();
  }

  /** A builder of objects. */
  public static JsonNodeFactory json() {
    return JsonNodeFactory.instance;
  }
}
