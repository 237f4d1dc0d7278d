package dev.meshseal.cli;

import dev.meshseal.server.admin.Json;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import tools.jackson.databind.JsonNode;

/** Asks a running server. Every failure is a {@link CliException} that says what to do. */
final class AdminClient {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private final AdminAddress address;
  private final Optional<Path> tokenFile;
  private final HttpClient http;

  private AdminClient(AdminAddress address, Optional<Path> tokenFile, HttpClient http) {
    this.address = address;
    this.tokenFile = tokenFile;
    this.http = http;
  }

  /**
   * @throws CliException if a server with TLS could not be verified, or a file cannot be read
   */
  static AdminClient of(AdminAddress address, Optional<Path> ca, Optional<Path> tokenFile) {
    var builder =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER);
    if (address.tls()) {
      builder.sslContext(
          TrustedServer.context(
              ca.orElseThrow(
                  () ->
                      CliException.wrongUsage(
                          "server '%s' speaks TLS, so it must be verified: give its CA, or its own certificate, with --admin-ca"
                              .formatted(address)))));
    }
    return new AdminClient(address, tokenFile, builder.build());
  }

  JsonNode get(String path) {
    return read(send(request(path).GET().build()));
  }

  <T> T get(String path, Class<T> type) {
    return convert(get(path), type);
  }

  /** The items of a listing. */
  <T> List<T> list(String path, Class<T> type) {
    return items(get(path)).stream().map(item -> convert(item, type)).toList();
  }

  /** A change, which needs the admin token. */
  JsonNode post(String path) {
    return read(send(request(path).POST(BodyPublishers.noBody()).build()));
  }

  static List<JsonNode> items(JsonNode listing) {
    var items = new ArrayList<JsonNode>();
    listing.path("items").forEach(items::add);
    return items;
  }

  <T> T convert(JsonNode json, Class<T> type) {
    try {
      return Json.read(json, type);
    } catch (IllegalArgumentException foreign) {
      throw notOurs(foreign);
    }
  }

  static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private HttpRequest.Builder request(String path) {
    var request = HttpRequest.newBuilder(address.resolve(path)).timeout(ANSWER);
    tokenFile.ifPresent(file -> request.header("Authorization", "Bearer " + token(file)));
    return request;
  }

  private static String token(Path file) {
    try {
      var token = Files.readString(file).strip();
      if (!token.matches("[!-~]{1,512}")) {
        throw CliException.no("file '%s' does not hold an admin token".formatted(file));
      }
      return token;
    } catch (NoSuchFileException missing) {
      throw CliException.no(
          "there is no admin token file '%s'; it is in the data directory of the server"
              .formatted(file),
          missing);
    } catch (IOException unreadable) {
      throw CliException.no(
          "admin token file '%s' cannot be read: %s".formatted(file, unreadable.getMessage()),
          unreadable);
    }
  }

  private HttpResponse<byte[]> send(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.ofByteArray());
    } catch (ConnectException refused) {
      throw unreachable("it cannot be connected to", refused);
    } catch (HttpTimeoutException late) {
      throw unreachable("it did not answer in time", late);
    } catch (SSLException untrusted) {
      throw CliException.unreachable(
          "server '%s' could not be verified: %s; give the CA of its certificate with --admin-ca"
              .formatted(address, untrusted.getMessage()),
          untrusted);
    } catch (IOException broken) {
      throw unreachable(String.valueOf(broken.getMessage()), broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw CliException.no("interrupted", interrupted);
    }
  }

  private CliException unreachable(String why, Exception cause) {
    return CliException.unreachable(
        "no server at admin address %s: %s; start it with 'meshseal run', or name another with --admin"
            .formatted(address, why),
        cause);
  }

  private JsonNode read(HttpResponse<byte[]> response) {
    JsonNode json;
    try {
      json = Json.parse(response.body());
    } catch (IllegalArgumentException foreign) {
      throw notOurs(foreign);
    }
    if (response.statusCode() >= 400) {
      throw refused(response.statusCode(), json.path("error").asString(""));
    }
    return json;
  }

  private CliException refused(int status, String sentence) {
    var said = sentence.isEmpty() ? "HTTP status " + status : sentence;
    return switch (status) {
      case 401 ->
          CliException.no(
              "server %s refused: %s; give it with --admin-token-file".formatted(address, said));
      case 503 -> CliException.unreachable("server %s is busy: %s".formatted(address, said));
      default -> CliException.no("server %s: %s".formatted(address, said));
    };
  }

  private CliException notOurs(Exception cause) {
    return CliException.unreachable(
        "what answers at %s is not the admin address of a Meshseal server of this version; name it with --admin"
            .formatted(address),
        cause);
  }
}
