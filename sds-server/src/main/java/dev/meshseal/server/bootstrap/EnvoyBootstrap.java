package dev.meshseal.server.bootstrap;

import static dev.meshseal.server.bootstrap.Yaml.map;

import dev.meshseal.identity.SpiffeId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one sidecar starts with: {@code envoy -c} runs {@link #yaml} as it is.
 *
 * <p>Its TLS contexts are Kuma's, its choices are the ones that keep a sidecar serving when the
 * server is away: secrets are waited for without limit, keepalive finds a dead connection, and
 * every TLS context has the same bytes for its source of secrets, so that all of them share one
 * stream a secret. Traffic goes through {@code tcp_proxy}, so that any protocol of the application
 * passes unchanged.
 */
public record EnvoyBootstrap(
    Sidecar sidecar,
    Sds sds,
    Optional<Inbound> inbound,
    List<Outbound> outbounds,
    HostPort envoyAdmin,
    Optional<HostPort> ready) {

  private static final String SDS_CLUSTER = "meshseal_sds";
  private static final String FILE_CREDENTIALS = "envoy.grpc_credentials.file_based_metadata";
  private static final String APP_CLUSTER = "local_app";

  public EnvoyBootstrap {
    outbounds = List.copyOf(outbounds);
    Outbound.requireEachPortOnce(outbounds);
    requireIp(envoyAdmin);
    ready.ifPresent(EnvoyBootstrap::requireListenable);
  }

  /** Without a port that says whether Envoy is ready. */
  public EnvoyBootstrap(
      Sidecar sidecar,
      Sds sds,
      Optional<Inbound> inbound,
      List<Outbound> outbounds,
      HostPort envoyAdmin) {
    this(sidecar, sds, inbound, outbounds, envoyAdmin, Optional.empty());
  }

  /** Reads the address of Envoy's admin, {@code ADDRESS:PORT}. */
  public static HostPort admin(String text) {
    return requireIp(HostPort.parse(text));
  }

  /** Reads where Envoy says that it is ready, {@code [ADDRESS:]PORT}. */
  public static HostPort ready(String text) {
    return requireListenable(HostPort.parse(text.indexOf(':') < 0 ? "0.0.0.0:" + text : text));
  }

  private static HostPort requireListenable(HostPort ready) {
    if (!ready.isIp()) {
      throw new IllegalArgumentException(
          "a sidecar listens on an IP address, got '%s'".formatted(ready.host()));
    }
    return ready;
  }

  private static HostPort requireIp(HostPort admin) {
    if (!admin.isIp()) {
      throw new IllegalArgumentException(
          "envoy's admin listens on an IP address, got '%s'".formatted(admin.host()));
    }
    return admin;
  }

  /**
   * The bootstrap. With {@link SdsToken.Inline} it holds the token: who can read it can ask for
   * this sidecar's certificate.
   */
  public String yaml() {
    var bootstrap = new LinkedHashMap<String, Object>();
    bootstrap.put("node", map("id", sidecar.dataplane().nodeId(), "cluster", sidecar.service()));
    bootstrap.put("admin", map("address", socketAddress(envoyAdmin)));
    bootstrap.put("static_resources", map("listeners", listeners(), "clusters", clusters()));
    return Yaml.write(bootstrap);
  }

  private List<Object> listeners() {
    var listeners = new ArrayList<Object>();
    inbound.ifPresent(it -> listeners.add(inboundListener(it)));
    for (var i = 0; i < outbounds.size(); i++) {
      listeners.add(outboundListener(outbounds.get(i), i));
    }
    ready.ifPresent(it -> listeners.add(readyListener(it)));
    return listeners;
  }

  private List<Object> clusters() {
    // First: clusters that take secrets from one listed later start slower (envoy#27702).
    var clusters = new ArrayList<Object>();
    if (!(sds.token() instanceof SdsToken.File)) {
      clusters.add(sdsCluster());
    }
    inbound.ifPresent(
        it -> clusters.add(cluster(APP_CLUSTER, new HostPort("127.0.0.1", it.appPort()))));
    for (var i = 0; i < outbounds.size(); i++) {
      var outbound = outbounds.get(i);
      var cluster = cluster(outboundName(outbound, i), outbound.address());
      cluster.put("transport_socket", upstreamTls(outbound));
      clusters.add(cluster);
    }
    return clusters;
  }

  private Map<String, Object> inboundListener(Inbound inbound) {
    var listener = map("name", "inbound", "address", socketAddress(inbound.listen()));
    switch (inbound.mode()) {
      case STRICT -> listener.put("filter_chains", List.of(meshTlsChain(map())));
      case PERMISSIVE -> {
        listener.put(
            "listener_filters",
            List.of(
                extension(
                    "envoy.filters.listener.tls_inspector",
                    "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
                    map())));
        // As Kuma: the mesh's own TLS is known by its ALPN, the application's own passes through.
        listener.put(
            "filter_chains",
            List.of(
                passThroughChain(map("transport_protocol", "raw_buffer")),
                passThroughChain(map("transport_protocol", "tls")),
                meshTlsChain(
                    map("transport_protocol", "tls", "application_protocols", List.of("kuma")))));
      }
    }
    return listener;
  }

  private Map<String, Object> meshTlsChain(Map<String, Object> match) {
    var chain = passThroughChain(match);
    chain.put("transport_socket", downstreamTls());
    return chain;
  }

  private static Map<String, Object> passThroughChain(Map<String, Object> match) {
    var chain = new LinkedHashMap<String, Object>();
    if (!match.isEmpty()) {
      chain.put("filter_chain_match", match);
    }
    chain.put("filters", List.of(tcpProxy("inbound", APP_CLUSTER)));
    return chain;
  }

  private static Map<String, Object> outboundListener(Outbound outbound, int index) {
    var name = outboundName(outbound, index);
    return map(
        "name",
        name,
        "address",
        socketAddress(new HostPort("127.0.0.1", outbound.port())),
        "filter_chains",
        List.of(map("filters", List.of(tcpProxy(name, name)))));
  }

  /**
   * Answers {@code GET /ready}, and nothing else, once every other listener has its certificate:
   * Envoy opens its ports together. Its admin, which answers much more, stays on loopback.
   */
  private static Map<String, Object> readyListener(HostPort ready) {
    var healthCheck =
        extension(
            "envoy.filters.http.health_check",
            "envoy.extensions.filters.http.health_check.v3.HealthCheck",
            map(
                "pass_through_mode",
                false,
                "headers",
                List.of(map("name", ":path", "string_match", map("exact", "/ready")))));
    var router =
        extension(
            "envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router", map());
    var http =
        extension(
            "envoy.filters.network.http_connection_manager",
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            map(
                "stat_prefix",
                "ready",
                "route_config",
                map("name", "none"),
                "http_filters",
                List.of(healthCheck, router)));
    return map(
        "name",
        "ready",
        "address",
        socketAddress(ready),
        "filter_chains",
        List.of(map("filters", List.of(http))));
  }

  /** The index keeps two ways to one service apart. */
  private static String outboundName(Outbound outbound, int index) {
    return "outbound_%d_%s".formatted(index, outbound.service());
  }

  private static Map<String, Object> tcpProxy(String statPrefix, String cluster) {
    return extension(
        "envoy.filters.network.tcp_proxy",
        "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        map("stat_prefix", statPrefix, "cluster", cluster));
  }

  // Neither side resumes a TLS session: that would skip the check of a certificate that has expired
  // or whose root is distrusted since.
  private Map<String, Object> downstreamTls() {
    return extension(
        "envoy.transport_sockets.tls",
        "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        map(
            "require_client_certificate",
            true,
            "disable_stateless_session_resumption",
            true,
            "disable_stateful_session_resumption",
            true,
            "common_tls_context",
            meshTlsContext(map("prefix", "spiffe://" + sidecar.trustDomain() + "/"))));
  }

  private Map<String, Object> upstreamTls(Outbound outbound) {
    var peer = new SpiffeId(sidecar.trustDomain(), "/" + outbound.service());
    var context = meshTlsContext(map("exact", peer.toString()));
    context.put("alpn_protocols", List.of("kuma"));
    return extension(
        "envoy.transport_sockets.tls",
        "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        map(
            "sni",
            "%s{mesh=%s}".formatted(outbound.service(), sidecar.dataplane().mesh()),
            "max_session_keys",
            0,
            "common_tls_context",
            context));
  }

  private Map<String, Object> meshTlsContext(Map<String, Object> peer) {
    return map(
        "tls_certificate_sds_secret_configs",
        List.of(secret(sds.names().identity())),
        "combined_validation_context",
        map(
            "default_validation_context",
            map("match_typed_subject_alt_names", List.of(map("san_type", "URI", "matcher", peer))),
            "validation_context_sds_secret_config",
            secret(sds.names().ca())));
  }

  private Map<String, Object> secret(String name) {
    return map("name", name, "sds_config", configSource());
  }

  /**
   * The same bytes wherever a secret is wanted; Envoy shares what has equal bytes (envoy#10793).
   */
  private Map<String, Object> configSource() {
    var source = new LinkedHashMap<String, Object>();
    source.put("resource_api_version", "V3");
    // With a limit Envoy would open the listener without a certificate once it has passed.
    source.put("initial_fetch_timeout", "0s");
    source.put("api_config_source", apiConfigSource());
    return source;
  }

  private Map<String, Object> apiConfigSource() {
    return map(
        "api_type",
        sds.delivery().apiType(),
        "transport_api_version",
        "V3",
        "set_node_on_first_message_only",
        true,
        "grpc_services",
        List.of(grpcService()));
  }

  private Map<String, Object> grpcService() {
    return switch (sds.token()) {
      case SdsToken.None none -> envoyGrpc();
      case SdsToken.Inline inline -> {
        var service = envoyGrpc();
        service.put(
            "initial_metadata", List.of(map("key", "authorization", "value", inline.token())));
        yield service;
      }
      case SdsToken.File file -> googleGrpc(file);
    };
  }

  private static Map<String, Object> envoyGrpc() {
    return map(
        "envoy_grpc",
        map(
            "cluster_name",
            SDS_CLUSTER,
            "retry_policy",
            map("retry_back_off", map("base_interval", "0.5s", "max_interval", "10s"))));
  }

  /** The only client of Envoy's that reads a token from a file, again for each stream. */
  private Map<String, Object> googleGrpc(SdsToken.File token) {
    if (!(sds.server() instanceof SdsEndpoint.Tls tls)) {
      throw new IllegalStateException("a token is read from its file only over TLS");
    }
    return map(
        "google_grpc",
        map(
            "target_uri",
            tls.address().toString(),
            "stat_prefix",
            SDS_CLUSTER,
            "channel_credentials",
            map("ssl_credentials", map("root_certs", map("inline_string", tls.trustedCa()))),
            "credentials_factory_name",
            FILE_CREDENTIALS,
            "call_credentials",
            List.of(
                map(
                    "from_plugin",
                    extension(
                        FILE_CREDENTIALS,
                        "envoy.config.grpc_credential.v3.FileBasedMetadataConfig",
                        map(
                            "secret_data",
                            map("filename", token.path().toString()),
                            "header_key",
                            "authorization")))),
            "channel_args",
            map(
                "args",
                map(
                    "grpc.keepalive_time_ms",
                    map("int_value", 30_000),
                    "grpc.keepalive_timeout_ms",
                    map("int_value", 5_000),
                    "grpc.http2.max_pings_without_data",
                    map("int_value", 0),
                    "grpc.max_reconnect_backoff_ms",
                    map("int_value", 10_000)))));
  }

  private Map<String, Object> sdsCluster() {
    var cluster =
        switch (sds.server()) {
          case SdsEndpoint.Tls tls -> {
            var withTls = cluster(SDS_CLUSTER, tls.address());
            withTls.put("transport_socket", serverTls(tls));
            yield withTls;
          }
          case SdsEndpoint.Plaintext plaintext -> cluster(SDS_CLUSTER, plaintext.address());
          case SdsEndpoint.Unix unix ->
              cluster(SDS_CLUSTER, "STATIC", map("pipe", map("path", unix.path())));
        };
    // Without keepalive a connection that died silently is found when the certificate has expired.
    cluster.put(
        "typed_extension_protocol_options",
        map(
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            typed(
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                map(
                    "explicit_http_config",
                    map(
                        "http2_protocol_options",
                        map("connection_keepalive", map("interval", "30s", "timeout", "5s")))))));
    return cluster;
  }

  private static Map<String, Object> serverTls(SdsEndpoint.Tls tls) {
    var server = tls.address();
    var context =
        map(
            "common_tls_context",
            map(
                "tls_params",
                map("tls_minimum_protocol_version", "TLSv1_2"),
                "alpn_protocols",
                List.of("h2"),
                "validation_context",
                map(
                    "trusted_ca",
                    map("inline_string", tls.trustedCa()),
                    "match_typed_subject_alt_names",
                    List.of(
                        map(
                            "san_type",
                            server.isIp() ? "IP_ADDRESS" : "DNS",
                            "matcher",
                            map("exact", server.host()))))));
    if (!server.isIp()) {
      context.put("sni", server.host());
    }
    return extension(
        "envoy.transport_sockets.tls",
        "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        context);
  }

  private static Map<String, Object> cluster(String name, HostPort address) {
    var cluster = cluster(name, address.isIp() ? "STATIC" : "STRICT_DNS", socketAddress(address));
    if (!address.isIp()) {
      cluster.put("dns_lookup_family", "V4_PREFERRED");
    }
    return cluster;
  }

  private static Map<String, Object> cluster(
      String name, String type, Map<String, Object> address) {
    return map(
        "name",
        name,
        "type",
        type,
        "connect_timeout",
        "5s",
        "load_assignment",
        map(
            "cluster_name",
            name,
            "endpoints",
            List.of(map("lb_endpoints", List.of(map("endpoint", map("address", address)))))));
  }

  private static Map<String, Object> socketAddress(HostPort address) {
    return map("socket_address", map("address", address.host(), "port_value", address.port()));
  }

  private static Map<String, Object> extension(
      String name, String type, Map<String, Object> config) {
    return map("name", name, "typed_config", typed(type, config));
  }

  private static Map<String, Object> typed(String type, Map<String, Object> config) {
    var typed = map("@type", "type.googleapis.com/" + type);
    typed.putAll(config);
    return typed;
  }
}
