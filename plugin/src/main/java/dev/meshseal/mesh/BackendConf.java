package dev.meshseal.mesh;

import dev.meshseal.x509.KeyType;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The {@code conf} of a backend, one record for each {@code type}. */
public sealed interface BackendConf {
  /** The Mesh's word for this kind of backend. */
  String type();

  /** The key of every leaf certificate: {@code conf.leafKey.type}. */
  KeyType leafKey();

  /** What it refers to and is opened with; where one has other content, it is opened anew. */
  List<DataSource> sources();

  record Builtin(KeyType caKey, Duration caLifetime, KeyType leafKey) implements BackendConf {
    public static final Duration DEFAULT_CA_LIFETIME = Duration.ofDays(10 * 365);

    @Override
    public String type() {
      return "builtin";
    }

    @Override
    public List<DataSource> sources() {
      return List.of();
    }
  }

  record Provided(DataSource cert, DataSource key, KeyType leafKey) implements BackendConf {
    @Override
    public String type() {
      return "provided";
    }

    @Override
    public List<DataSource> sources() {
      return List.of(cert, key);
    }
  }

  record CertManager(
      IssuerRef issuerRef,
      Optional<DataSource> caCert,
      Optional<String> commonName,
      List<String> dnsNames,
      KeyType leafKey)
      implements BackendConf {
    public CertManager {
      dnsNames = List.copyOf(dnsNames);
    }

    @Override
    public String type() {
      return "certmanager";
    }

    @Override
    public List<DataSource> sources() {
      return caCert.stream().toList();
    }

    public record IssuerRef(String name, String kind, String group) {}
  }

  record Vault(
      URI address,
      boolean throughAgent,
      Optional<String> namespace,
      String pki,
      String role,
      Optional<String> commonName,
      Tls tls,
      Optional<Auth> auth,
      KeyType leafKey)
      implements BackendConf {
    @Override
    public String type() {
      return "vault";
    }

    @Override
    public List<DataSource> sources() {
      return tls.caCert().stream().toList();
    }

    public record Tls(
        Optional<DataSource> caCert, boolean skipVerify, Optional<String> serverName) {}

    /** How we log in. Token, TLS and AWS as Kong Mesh has them; the others are ours. */
    public sealed interface Auth {
      record Token(DataSource token) implements Auth {}

      record ClientCertificate(DataSource cert, DataSource key) implements Auth {}

      record Aws(AwsType type, Optional<String> role, Optional<String> iamServerIdHeader)
          implements Auth {}

      record AppRole(String mount, DataSource roleId, DataSource secretId) implements Auth {}

      record Kubernetes(String mount, String role) implements Auth {}

      record Jwt(String mount, String role, DataSource jwt) implements Auth {}

      enum AwsType {
        IAM,
        EC2
      }
    }
  }

  record AcmPca(
      String arn,
      Optional<DataSource> caCert,
      Optional<String> commonName,
      Optional<Credentials> credentials,
      Optional<String> template,
      Optional<String> roleArn,
      Optional<String> externalId,
      Optional<URI> endpoint,
      Optional<String> signingAlgorithm,
      KeyType leafKey)
      implements BackendConf {
    @Override
    public String type() {
      return "acmpca";
    }

    @Override
    public List<DataSource> sources() {
      return caCert.stream().toList();
    }

    public record Credentials(DataSource accessKey, DataSource accessKeySecret) {}
  }
}
