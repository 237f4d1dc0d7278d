package dev.meshseal.server.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.meshseal.server.inject.CaReference.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
}
