package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ResourceNameTest {
  static final List<ResourceName> KNOWN =
      List.of(
          new ResourceName.MeshIdentity("identity_cert:secret:default", "default"),
          new ResourceName.MeshRoots("mesh_ca:secret:default", "default"),
          new ResourceName.AllRoots("mesh_ca:secret:all"),
          new ResourceName.MeshIdentity("system_mtls_identity_my-mesh.two", "my-mesh.two"),
          new ResourceName.MeshRoots("system_mtls_ca_default", "default"),
          new ResourceName.AllRoots("system_mtls_ca_all_meshes"),
          new ResourceName.OwnIdentity("default"),
          new ResourceName.OwnRoots("ROOTCA"),
          new ResourceName.AllTrustDomains("ALL"),
          new ResourceName.SpiffeIdentity("spiffe://default/ns/shop/sa/web"),
          new ResourceName.TrustDomainRoots("spiffe://cluster.local", "cluster.local"));

  @ParameterizedTest
  @FieldSource("KNOWN")
  void knowsTheNamesOfAllFamilies(ResourceName name) {
    assertThat(ResourceName.parse(name.text())).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "Default",
        "rootca",
        "identity_cert:secret:",
        "identity_cert:secret:Default",
        "identity_cert:default",
        "mesh_ca:secret:../other",
        "system_mtls_identity_",
        "spiffe://",
        "spiffe://Default/web",
        "spiffe://default/",
        "spiffe://default/../other",
        "file-root:system"
      })
  void knowsNoOther(String text) {
    assertThat(ResourceName.parse(text)).isInstanceOf(ResourceName.Unknown.class);
  }

  @Test
  void tellsTrustFromIdentity() {
    assertThat(ResourceName.parse("ROOTCA").kind()).isEqualTo(SecretKind.TRUST);
    assertThat(ResourceName.parse("default").kind()).isEqualTo(SecretKind.IDENTITY);
    assertThat(ResourceName.parse("nobody").kind()).isEqualTo(SecretKind.UNKNOWN);
  }
}
