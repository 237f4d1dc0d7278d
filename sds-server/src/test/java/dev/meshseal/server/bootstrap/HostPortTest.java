package dev.meshseal.server.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:80", "[::1]:0", "[fd00::1]:65535"})
  void addressesAreIp(String text) {
    var address = HostPort.parse(text);

    assertThat(address.isIp()).isTrue();
    assertThat(address).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:80", "a.b-c.example:1", "meshseal_sds:1", "9lives.example:1"})
  void namesAreNot(String text) {
    var address = HostPort.parse(text);

    assertThat(address.isIp()).isFalse();
    assertThat(address).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        ":80",
        "a:",
        "a:b",
        "a:65536",
        "a:-1",
        "::1:80",
        "1.2.3:80",
        "1.2.3.4.5:80",
        "256.1.1.1:80",
        "a b:80",
        "a\n:80",
        "http://a:80",
        "a/b:80",
        ".a:80"
      })
  void whatIsNeitherIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> HostPort.parse(text));
  }

  @Test
  void onlyAnAddressOfLoopbackIsLoopback() {
    assertThat(HostPort.parse("127.8.0.1:1").isLoopback()).isTrue();
    assertThat(HostPort.parse("[::1]:1").isLoopback()).isTrue();
    assertThat(HostPort.parse("localhost:1").isLoopback()).isTrue();
    assertThat(HostPort.parse("127.example:1").isLoopback()).isFalse();
    assertThat(HostPort.parse("10.0.0.1:1").isLoopback()).isFalse();
  }
}
