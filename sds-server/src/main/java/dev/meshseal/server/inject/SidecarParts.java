package dev.meshseal.server.inject;

import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.bootstrap.Outbound;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The containers and volumes of a sidecar, as the API has them (core/v1, PodSpec). */
final class SidecarParts {
  static final String BOOTSTRAP = "meshseal-bootstrap";
  static final String SUBCOMMAND = "bootstrap";
  static final String ENVOY = "meshseal-envoy";

  private static final String CA_VOLUME = "meshseal-ca";
  private static final String TOKEN_VOLUME = "meshseal-token";
  private static final String ENVOY_VOLUME = "meshseal-envoy";
  private static final String TMP_VOLUME = "meshseal-tmp";

  private static final String CA_FOLDER = "/run/meshseal/ca";
  private static final String TOKEN_FOLDER = "/var/run/secrets/meshseal";
  private static final String ENVOY_FOLDER = "/run/meshseal/envoy";

  /** Of the step, which is Java and runs for a second or two. */
  private static final Resources STEP = new Resources("50m", "64Mi", "256Mi");

  private static final int STARTS_WITHIN_SECONDS = 600;

  private final Injection injection;
  private final String mesh;

  SidecarParts(Injection injection, String mesh) {
    this.injection = injection;
    this.mesh = mesh;
  }

  /** The step that writes the bootstrap: Envoy's node needs the pod's own name. */
  Map<String, Object> bootstrap() {
    var step = container(BOOTSTRAP, injection.containers().initImage());
    step.put("args", arguments());
    step.put(
        "env",
        List.of(field("POD_NAME", "metadata.name"), field("POD_NAMESPACE", "metadata.namespace")));
    step.put("resources", resources(STEP));
    step.put("securityContext", securityContext());
    step.put(
        "volumeMounts",
        List.of(
            mount(CA_VOLUME, CA_FOLDER, true),
            mount(TOKEN_VOLUME, TOKEN_FOLDER, true),
            mount(ENVOY_VOLUME, ENVOY_FOLDER, false),
            mount(TMP_VOLUME, "/tmp", false)));
    return step;
  }

  private Map<String, Object> container(String name, String image) {
    var container = map("name", name, "image", image);
    injection
        .containers()
        .pullPolicy()
        .ifPresent(policy -> container.put("imagePullPolicy", policy.toString()));
    return container;
  }

  // The kubelet puts the pod's name in the place of $(POD_NAME); there is no shell.
  private List<Object> arguments() {
    var arguments = new ArrayList<Object>();
    arguments.add(SUBCOMMAND);
    arguments.add("--mesh=" + mesh);
    arguments.add("--name=$(POD_NAME).$(POD_NAMESPACE)");
    arguments.add("--server=" + injection.server());
    arguments.add("--ca=" + CA_FOLDER + "/ca.crt");
    arguments.add("--token-file=" + TOKEN_FOLDER + "/token");
    arguments.add("--reload-token");
    arguments.addAll(traffic());
    arguments.add("--output=" + ENVOY_FOLDER + "/envoy.yaml");
    return arguments;
  }

  private List<String> traffic() {
    var traffic = injection.traffic();
    var arguments = new ArrayList<String>();
    traffic.inbound().ifPresent(it -> arguments.addAll(words(it)));
    traffic.outbounds().forEach(it -> arguments.add("--outbound=" + text(it)));
    traffic.trustDomain().ifPresent(it -> arguments.add("--trust-domain=" + it));
    switch (traffic.delivery()) {
      case SOTW -> {}
      case DELTA -> arguments.add("--delta");
    }
    arguments.add("--envoy-admin=127.0.0.1:" + Traffic.ADMIN_PORT);
    arguments.add("--ready=" + traffic.ready());
    return arguments;
  }

  private static List<String> words(Inbound inbound) {
    var word = "--inbound=%s:%d".formatted(inbound.listen(), inbound.appPort());
    return switch (inbound.mode()) {
      case STRICT -> List.of(word);
      case PERMISSIVE -> List.of(word, "--mode=permissive");
    };
  }

  private static String text(Outbound outbound) {
    return "%d=%s@%s".formatted(outbound.port(), outbound.service(), outbound.address());
  }

  Map<String, Object> envoy() {
    var envoy = container(ENVOY, injection.containers().image());
    switch (injection.containers().placement()) {
      case SIDECAR -> envoy.put("restartPolicy", "Always");
      case CONTAINER -> {}
    }
    envoy.put("command", List.of("envoy"));
    envoy.put("args", List.of("-c", ENVOY_FOLDER + "/envoy.yaml", "--disable-hot-restart"));
    injection
        .traffic()
        .inbound()
        .ifPresent(
            it ->
                envoy.put(
                    "ports",
                    List.of(map("name", "meshseal", "containerPort", it.listen().port()))));
    envoy.put(
        "startupProbe", probe(map("periodSeconds", 1, "failureThreshold", STARTS_WITHIN_SECONDS)));
    envoy.put("readinessProbe", probe(map("periodSeconds", 5)));
    envoy.put("resources", resources(injection.containers().resources()));
    envoy.put("securityContext", securityContext());
    envoy.put(
        "volumeMounts",
        List.of(mount(TOKEN_VOLUME, TOKEN_FOLDER, true), mount(ENVOY_VOLUME, ENVOY_FOLDER, true)));
    return envoy;
  }

  private Map<String, Object> probe(Map<String, Object> pace) {
    var probe = map("httpGet", map("path", "/ready", "port", injection.traffic().ready().port()));
    probe.putAll(pace);
    return probe;
  }

  static List<Map<String, Object>> volumes(Injection injection) {
    var token =
        map(
            "serviceAccountToken",
            map(
                "path",
                "token",
                "audience",
                injection.token().audience(),
                "expirationSeconds",
                injection.token().seconds()));
    return List.of(
        caVolume(injection.ca()),
        map("name", TOKEN_VOLUME, "projected", map("sources", List.of(token))),
        map("name", ENVOY_VOLUME, "emptyDir", map("medium", "Memory", "sizeLimit", "16Mi")),
        map("name", TMP_VOLUME, "emptyDir", map("sizeLimit", "64Mi")));
  }

  private static Map<String, Object> caVolume(CaReference ca) {
    var items = List.of(map("key", ca.key(), "path", "ca.crt"));
    return switch (ca.kind()) {
      case CONFIG_MAP ->
          map("name", CA_VOLUME, "configMap", map("name", ca.name(), "items", items));
      case SECRET -> map("name", CA_VOLUME, "secret", map("secretName", ca.name(), "items", items));
    };
  }

  private Map<String, Object> securityContext() {
    var context = map("runAsNonRoot", true);
    injection
        .containers()
        .runAs()
        .user()
        .ifPresent(user -> context.putAll(map("runAsUser", user, "runAsGroup", user)));
    context.putAll(
        map(
            "allowPrivilegeEscalation",
            false,
            "readOnlyRootFilesystem",
            true,
            "capabilities",
            map("drop", List.of("ALL")),
            "seccompProfile",
            map("type", "RuntimeDefault")));
    return context;
  }

  private static Map<String, Object> resources(Resources resources) {
    return map(
        "requests",
        map("cpu", resources.cpuRequest(), "memory", resources.memoryRequest()),
        "limits",
        map("memory", resources.memoryLimit()));
  }

  private static Map<String, Object> field(String name, String path) {
    return map("name", name, "valueFrom", map("fieldRef", map("fieldPath", path)));
  }

  private static Map<String, Object> mount(String volume, String path, boolean readOnly) {
    var mount = map("name", volume, "mountPath", path);
    if (readOnly) {
      mount.put("readOnly", true);
    }
    return mount;
  }

  private static Map<String, Object> map(Object... keysAndValues) {
    var map = new LinkedHashMap<String, Object>();
    for (var i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }
}
