package dev.meshseal.server.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.mesh.Backend;
import dev.meshseal.server.bootstrap.Delivery;
import dev.meshseal.server.bootstrap.HostPort;
import dev.meshseal.server.bootstrap.Inbound;
import dev.meshseal.server.inject.CaReference.Kind;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class InjectionTest {
  @Test
  void readsWhereTheAuthorityIs() {
    assertThat(CaReference.parse("configmap/meshseal-ca"))
        .isEqualTo(new CaReference(Kind.CONFIG_MAP, "meshseal-ca", "ca.crt"));
    assertThat(CaReference.parse("secret/web-tls:tls.crt"))
        .isEqualTo(new CaReference(Kind.SECRET, "web-tls", "tls.crt"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "file/x", "secret/", "secret/A", "secret/x:", "secret/x:a/b"})
  void refusesWhatIsNoReference(String text) {
    assertThatThrownBy(() -> CaReference.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  record Wrong(String name, ThrowingCallable make, String sentence) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Wrong> WRONG =
      List.of(
          new Wrong("no audience", () -> new PodToken(" ", 3600), "its own API server"),
          new Wrong("short token", () -> new PodToken("a", 599), "600 to 86400 s, got 599"),
          new Wrong("port", () -> injection("meshseal:0", "a"), "1 to 65535, got 'meshseal:0'"),
          new Wrong("mesh", () -> injection("meshseal:1", "A"), "must be 1 to 63 of a-z"),
          new Wrong("trust domain", () -> traffic("BAD domain"), "got 'BAD domain'"),
          new Wrong("root", () -> RunAs.parse("0"), "1 to 2147483647, or none, got '0'"),
          new Wrong("user", () -> RunAs.parse("web"), "or none, got 'web'"),
          new Wrong("policy", () -> PullPolicy.parse("x"), "Always, IfNotPresent or Never"),
          new Wrong("cpu", () -> new Resources("50Mi", "1", "1"), "50m or 0.5, got '50Mi'"),
          new Wrong("memory", () -> new Resources("1", "64m", "1"), "64Mi or 1Gi, got '64m'"),
          new Wrong(
              "too little memory",
              () -> new Resources("1", "1Gi", "1000M"),
              "the request is 1Gi, the limit 1000M"));

  @ParameterizedTest
  @FieldSource("WRONG")
  void refusesWhatTheBootstrapOrTheApiServerWouldRefuse(Wrong wrong) {
    assertThatThrownBy(wrong.make())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(wrong.sentence());
  }

  @Test
  void readsWhatKubernetesReads() {
    assertThat(RunAs.parse("none").user()).isEmpty();
    assertThat(RunAs.parse("1000").user()).contains(1000);
    assertThat(PullPolicy.parse("IfNotPresent")).hasToString("IfNotPresent");
    assertThat(new Resources("0.5", "1048576", "1Mi").memoryLimit()).isEqualTo("1Mi");
  }

  private static Injection injection(String server, String mesh) {
    return new Injection(
        Optional.of(mesh),
        HostPort.parse(server),
        CaReference.parse("configmap/meshseal-ca"),
        traffic("shop"),
        new PodToken("meshseal", 3600),
        new Containers(
            Containers.Placement.SIDECAR,
            "envoy:1",
            "meshseal:1",
            Optional.empty(),
            RunAs.parse("none"),
            new Resources("50m", "64Mi", "512Mi")));
  }

  private static Traffic traffic(String trustDomain) {
    return new Traffic(
        Optional.of(Inbound.parse("8443:8080", Backend.Mode.STRICT)),
        List.of(),
        Optional.of(trustDomain),
        Delivery.SOTW,
        HostPort.parse("0.0.0.0:9902"));
  }
}
