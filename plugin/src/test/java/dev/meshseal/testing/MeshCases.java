package dev.meshseal.testing;

import java.util.List;

/**
 * What a Mesh may have in {@code mtls} and what not, in either form: one table for all that judge a
 * Mesh.
 */
public final class MeshCases {
  private static final String ARN =
      "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/0f3c-11";

  private MeshCases() {}

  /** Who of those that know no more than the schema refuses a case. */
  public enum Schema {
    REFUSES,
    /** Where unknown fields are refused and not dropped, as kubectl asks for. */
    REFUSES_IF_STRICT,
    /** A field of two types has no schema. */
    CANNOT_TELL
  }

  /**
   * One {@code mtls} section, and all that is said of it.
   *
   * @param violations with paths from {@code mtls}; none where it is valid
   */
  public record MeshCase(String name, String mtls, List<String> violations, Schema schema) {
    /** As files have it. */
    public String universal() {
      return "{type: Mesh, name: m, mtls: %s}".formatted(mtls);
    }

    /** As the API server has it. */
    public String kubernetes() {
      return "{apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: {name: m}, spec: {mtls: %s}}"
          .formatted(mtls);
    }

    MeshCase ifStrict() {
      return new MeshCase(name, mtls, violations, Schema.REFUSES_IF_STRICT);
    }

    MeshCase untold() {
      return new MeshCase(name, mtls, violations, Schema.CANNOT_TELL);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  public static final List<MeshCase> INVALID =
      List.of(
          mtls("mtls that is a list", "[]", ": must be an object, is a list"),
          mtls(
              "backends that are an object",
              "{backends: {name: b}}",
              ".backends: must be a list, is an object"),
          mtls(
              "a backend that is a string",
              "{backends: [ca-1]}",
              ".backends[0]: must be an object, is a string"),
          mtls(
              "skipValidation that is a string",
              "{skipValidation: 'yes'}",
              ".skipValidation: must be true or false, is the string 'yes'"),
          mtls(
                  "an unknown field near a known one",
                  "{enabledBackends: ''}",
                  ".enabledBackends: is not a field here; did you mean 'enabledBackend'?")
              .ifStrict(),
          mtls(
                  "an unknown field near none",
                  "{x: 1}",
                  ".x: is not a field here; the fields are backends, enabledBackend, skipValidation")
              .ifStrict(),
          mtls(
              "an enabled backend that is not listed",
              "{enabledBackend: c, backends: [{name: a, type: builtin}, {name: b, type: builtin}]}",
              ".enabledBackend: is 'c', but the backends are 'a', 'b'"),
          mtls(
              "an enabled backend where none is listed",
              "{enabledBackend: c}",
              ".enabledBackend: is 'c', but no backend of the mesh has a name"),
          mtls(
              "two backends of one name",
              "{backends: [{name: a, type: builtin}, {name: a, type: builtin}]}",
              ".backends[1].name: is 'a', as another backend's; give each its own name"),
          backend("no type", "{name: b}", ".type: is missing"),
          backend(
              "an unknown type",
              "{name: b, type: acm}",
              ".type: is 'acm', but the types are builtin, provided, certmanager, vault, acmpca"),
          backend(
              "a misspelt type",
              "{name: b, type: bulitin}",
              ".type: is 'bulitin', but the types are builtin, provided, certmanager, vault,"
                  + " acmpca; did you mean 'builtin'?"),
          backend("no name", "{type: builtin}", ".name: is missing"),
          backend(
              "a name that is a path",
              "{name: ../b, type: builtin}",
              ".name: must be of letters, digits, - . and _, and begin and end with a letter or"
                  + " digit, is '../b'"),
          backend(
              "a long name",
              "{name: %s, type: builtin}".formatted("b".repeat(64)),
              ".name: must have at most 63 characters, has 64"),
          backend(
              "a builtin backend in capitals",
              "{name: CA, type: builtin}",
              ".name: must be in lower case for a builtin backend, is 'CA'"),
          backend(
              "a mode in lower case",
              "{name: b, type: builtin, mode: strict}",
              ".mode: must be STRICT or PERMISSIVE, is the string 'strict'"),
          backend(
              "a mode of another number",
              "{name: b, type: builtin, mode: 2}",
              ".mode: must be STRICT or PERMISSIVE, is the number 2"),
          backend(
              "a lifetime of nothing",
              "{name: b, type: builtin, dpCert: {rotation: {expiration: 0}}}",
              ".dpCert.rotation.expiration: must be 10s to 100y, is 0: clock skew and renewal need"
                  + " 10 seconds of a certificate's life"),
          backend(
              "a lifetime that is too short",
              "{name: b, type: builtin, dpCert: {rotation: {expiration: 9999ms}}}",
              ".dpCert.rotation.expiration: must be 10s to 100y, is 9999ms: clock skew and renewal"
                  + " need 10 seconds of a certificate's life"),
          backend(
              "a lifetime that is too long",
              "{name: b, type: builtin, dpCert: {rotation: {expiration: 9999999999999999999y}}}",
              ".dpCert.rotation.expiration: must be 10s to 100y, is 9999999999999999999y: clock skew"
                  + " and renewal need 10 seconds of a certificate's life"),
          backend(
              "a lifetime of two units",
              "{name: b, type: builtin, dpCert: {rotation: {expiration: 1h30m}}}",
              ".dpCert.rotation.expiration: must be a whole number and one unit of y, w, d, h, m, s"
                  + " or ms, as in 24h, is the string '1h30m'"),
          backend(
              "a lifetime without a unit",
              "{name: b, type: builtin, dpCert: {rotation: {expiration: 24}}}",
              ".dpCert.rotation.expiration: must be a whole number and one unit of y, w, d, h, m, s"
                  + " or ms, as in 24h, is the number 24"),
          backend(
              "a timeout in minutes",
              "{name: b, type: builtin, dpCert: {requestTimeout: 1m}}",
              ".dpCert.requestTimeout: must be seconds, as in 10s or 1.5s, or {seconds, nanos}, is"
                  + " the string '1m'"),
          backend(
              "a timeout of nothing",
              "{name: b, type: builtin, rootChain: {requestTimeout: 0s}}",
              ".rootChain.requestTimeout: must be more than 0s and at most 3600s, is 0s; leave it"
                  + " out for the default"),
          backend(
                  "a timeout that is less than nothing",
                  "{name: b, type: builtin, rootChain: {requestTimeout: {seconds: -5}}}",
                  ".rootChain.requestTimeout: must be more than 0s and at most 3600s, is -5s; leave it"
                      + " out for the default")
              .untold(),
          backend(
                  "a timeout with an unknown part",
                  "{name: b, type: builtin, rootChain: {requestTimeout: {second: 5}}}",
                  ".rootChain.requestTimeout.second: is not a field here; did you mean 'seconds'?",
                  ".rootChain.requestTimeout: must be more than 0s and at most 3600s, is 0s; leave it"
                      + " out for the default")
              .untold(),
          backend(
                  "unknown fields of dpCert and rootChain",
                  "{name: b, type: builtin, dpCert: {rotaton: {}}, rootChain: {timeout: 1s}}",
                  ".dpCert.rotaton: is not a field here; did you mean 'rotation'?",
                  ".rootChain.timeout: is not a field here; the fields are requestTimeout")
              .ifStrict(),
          backend(
                  "unknown fields of a backend",
                  "{name: b, type: builtin, config: {}}",
                  ".config: is not a field here; did you mean 'conf'?")
              .ifStrict(),
          conf(
              "builtin, RSA too small",
              "builtin",
              "{caCert: {RSAbits: 1024}}",
              ".caCert.RSAbits: must be 2048 to 8192, is 1024"),
          conf(
              "builtin, RSA too large",
              "builtin",
              "{caCert: {rsaBits: 1000000}}",
              ".caCert.rsaBits: must be 2048 to 8192, is 1000000"),
          conf(
              "builtin, RSA as text",
              "builtin",
              "{caCert: {RSAbits: '2048'}}",
              ".caCert.RSAbits: must be a whole number, is the string '2048'"),
          conf(
              "builtin, RSA in both spellings",
              "builtin",
              "{caCert: {RSAbits: 2048, rsaBits: 2048}}",
              ".caCert.rsaBits: is another spelling of RSAbits, which is there too; keep one"),
          conf(
              "builtin, RSA and a curve",
              "builtin",
              "{caCert: {RSAbits: 2048, curve: P-256}}",
              ".caCert.curve: a key is EC or RSA: remove curve or RSAbits"),
          conf(
              "builtin, an unknown curve",
              "builtin",
              "{caCert: {curve: P-521}}",
              ".caCert.curve: must be P-256 or P-384, is 'P-521'"),
          conf(
              "builtin, a CA of a second",
              "builtin",
              "{caCert: {expiration: 1s}}",
              ".caCert.expiration: must be 10s to 100y, is 1s: clock skew and renewal need 10"
                  + " seconds of a certificate's life"),
          conf(
              "builtin, an unknown kind of leaf key",
              "builtin",
              "{leafKey: {type: Ed25519}}",
              ".leafKey.type: must be EC or RSA, is 'Ed25519'"),
          conf(
                  "builtin, a misspelt field",
                  "builtin",
                  "{cacert: {}}",
                  ".cacert: is not a field here; did you mean 'caCert'?")
              .ifStrict(),
          conf(
              "provided, no data sources",
              "provided",
              "{}",
              ".cert: is missing; give it one of secret, file, inline and inlineString",
              ".key: is missing; give it one of secret, file, inline and inlineString"),
          conf(
              "provided, a source with nothing chosen",
              "provided",
              "{cert: {}, key: {secret: k}}",
              ".cert: must have exactly one of secret, file, inline and inlineString, has none"),
          conf(
              "provided, a source with two chosen",
              "provided",
              "{cert: {secret: c, inlineString: PEM}, key: {secret: k}}",
              ".cert: must have exactly one of secret, file, inline and inlineString, has secret and"
                  + " inlineString"),
          conf(
              "provided, empty values",
              "provided",
              "{cert: {secret: ''}, key: {inlineString: ''}}",
              ".cert.secret: must not be empty",
              ".key.inlineString: must not be empty"),
          conf(
              "provided, inline that is no base64",
              "provided",
              "{cert: {secret: c}, key: {inline: '-----BEGIN PRIVATE KEY-----'}}",
              ".key.inline: must be base64; plain text belongs in inlineString"),
          conf(
              "provided, a value in place of a source",
              "provided",
              "{cert: {secret: c}, key: '-----BEGIN PRIVATE KEY-----'}",
              ".key: must be an object, is a string"),
          conf(
              "provided, a misspelt source",
              "provided",
              "{cert: {secret: c}, key: {inlinestring: '-----BEGIN PRIVATE KEY-----'}}",
              ".key.inlinestring: is not a field here; did you mean 'inlineString'?",
              ".key: must have exactly one of secret, file, inline and inlineString, has none"),
          conf(
              "certmanager, no issuer",
              "certmanager",
              "{}",
              ".issuerRef: is missing; give it the name of a cert-manager issuer"),
          conf(
              "certmanager, an issuer without a name",
              "certmanager",
              "{issuerRef: {kind: Issuer}}",
              ".issuerRef.name: is missing"),
          conf(
              "certmanager, two groups",
              "certmanager",
              "{issuerRef: {name: i, group: a, apiGroup: b}}",
              ".issuerRef.apiGroup: is 'b', but group is 'a'; keep group"),
          conf(
              "certmanager, a kind of another group without its group",
              "certmanager",
              "{issuerRef: {name: i, kind: AWSPCAIssuer}}",
              ".issuerRef.kind: is 'AWSPCAIssuer', but cert-manager has Issuer and ClusterIssuer;"
                  + " give the group of another issuer as group"),
          conf(
              "certmanager, names that Kubernetes has not",
              "certmanager",
              "{issuerRef: {name: 'a,b', kind: 'My Kind', group: A_b}}",
              ".issuerRef.name: must be the name of an object in Kubernetes, is 'a,b'",
              ".issuerRef.group: must be an API group of Kubernetes, is 'A_b'",
              ".issuerRef.kind: must be a kind of Kubernetes, is 'My Kind'"),
          conf(
              "certmanager, what is no DNS name",
              "certmanager",
              "{issuerRef: {name: i}, dnsNames: [a.b, 'a b', 7]}",
              ".dnsNames[1]: must be a DNS name, is 'a b'",
              ".dnsNames[2]: must be a string, is the number 7; put it in quotes"),
          conf(
              "certmanager, a common name of another template",
              "certmanager",
              "{issuerRef: {name: i}, commonName: '{{ .Service }}'}",
              ".commonName: may use {{ tag \"NAME\" }} and {{ tag \"NAME\" | replace \"a\" \"b\" }},"
                  + " is '{{ .Service }}'"),
          conf(
              "vault, not from the control plane",
              "vault",
              "{fromDp: {}}",
              ".fromCp: is missing; it says where Vault is and how to log in",
              ".fromDp: is not a field here; did you mean 'fromCp'?"),
          conf(
              "vault, no address and no login",
              "vault",
              "{fromCp: {}}",
              ".fromCp.address: is missing; give it the address of Vault, or agentAddress",
              ".fromCp.auth: is missing; it is needed unless agentAddress is given"),
          conf(
              "vault, no web address",
              "vault",
              "{fromCp: {address: 'ftp://u:secret@vault/x?y', auth: {aws: {}}}}",
              ".fromCp.address: must be http(s)://HOST[:PORT][/PATH], without user, query or"
                  + " fragment, is 'ftp://…@vault/x?y'"),
          conf(
              "vault, a mount that climbs",
              "vault",
              "{fromCp: {address: 'https://v', pki: ../sys, role: 'a b', auth: {aws: {}}}}",
              ".fromCp.pki: must be names of letters, digits, - . and _, joined by /, is '../sys'",
              ".fromCp.role: must be names of letters, digits, - . and _, joined by /, is 'a b'"),
          conf(
              "vault, two logins",
              "vault",
              "{fromCp: {address: 'https://v', auth: {aws: {}, token: {secret: t}}}}",
              ".fromCp.auth: must have exactly one of token, tls, aws, approle, kubernetes, jwt, has"
                  + " token and aws"),
          conf(
              "vault, aws under tls",
              "vault",
              "{fromCp: {address: 'https://v', auth: {tls: {aws: {}}}}}",
              ".fromCp.auth.tls.clientCert: is missing; give it one of secret, file, inline and"
                  + " inlineString",
              ".fromCp.auth.tls.clientKey: is missing; give it one of secret, file, inline and"
                  + " inlineString",
              ".fromCp.auth.tls.aws: is not a field here; the fields are clientCert, clientKey"),
          conf(
              "vault, another kind of AWS login",
              "vault",
              "{fromCp: {address: 'https://v', auth: {aws: {type: iam}}}}",
              ".fromCp.auth.aws.type: must be IAM or EC2, is the string 'iam'"),
          conf(
              "vault, approle without its secret",
              "vault",
              "{fromCp: {address: 'https://v', auth: {approle: {roleId: {secret: r}}}}}",
              ".fromCp.auth.approle.secretId: is missing; give it one of secret, file, inline and"
                  + " inlineString"),
          conf(
              "vault, kubernetes and jwt without a role",
              "vault",
              "{fromCp: {address: 'https://v', auth: {kubernetes: {}}}}",
              ".fromCp.auth.kubernetes.role: is missing"),
          conf("acmpca, no CA", "acmpca", "{}", ".arn: is missing"),
          conf(
              "acmpca, the CA of a strange region",
              "acmpca",
              "{arn: 'arn:aws:acm-pca:x.evil.example/:123456789012:certificate-authority/1'}",
              ".arn: must be like arn:aws:acm-pca:REGION:ACCOUNT:certificate-authority/ID, is"
                  + " 'arn:aws:acm-pca:x.evil.example/:123456789012:certificate-authority/1'"),
          conf(
              "acmpca, half a credential",
              "acmpca",
              "{arn: '%s', auth: {awsCredentials: {accessKey: {secret: a}}}}".formatted(ARN),
              ".auth.awsCredentials.accessKeySecret: is missing; give it one of secret, file, inline"
                  + " and inlineString"),
          conf(
              "acmpca, additions that are none",
              "acmpca",
              "{arn: '%s', template: Leaf, roleArn: admin, endpoint: pca, signingAlgorithm: MD5}"
                  .formatted(ARN),
              ".roleArn: must be like arn:aws:iam::ACCOUNT:role/NAME, is 'admin'",
              ".template: must be like arn:aws:acm-pca:::template/NAME/V1, is 'Leaf'",
              ".endpoint: must be http(s)://HOST[:PORT][/PATH], without user, query or fragment, is"
                  + " 'pca'",
              ".signingAlgorithm: must be like SHA256WITHECDSA, SHA384WITHRSA or the like, is"
                  + " 'MD5'"),
          conf(
              "acmpca, an external id without a role",
              "acmpca",
              "{arn: '%s', externalId: x}".formatted(ARN),
              ".externalId: is for assuming a role, but there is no roleArn"),
          conf(
              "builtin, with the fields of other types",
              "builtin",
              "{issuerRef: {name: i}, fromCp: {address: 'https://v'}, arn: a, cert: {secret: c}}",
              ".issuerRef: is not a field here; the fields are caCert, leafKey",
              ".fromCp: is not a field here; the fields are caCert, leafKey",
              ".arn: is not a field here; the fields are caCert, leafKey",
              ".cert: is not a field here; the fields are caCert, leafKey"),
          conf(
              "builtin, a CA that is given",
              "builtin",
              "{caCert: {secret: s}}",
              ".caCert.secret: is not a field here; the fields are RSAbits, curve, expiration,"
                  + " rsaBits"),
          conf(
              "certmanager, a CA to make",
              "certmanager",
              "{issuerRef: {name: i}, caCert: {curve: P-256}}",
              ".caCert.curve: is not a field here; the fields are file, inline, inlineString,"
                  + " secret",
              ".caCert: must have exactly one of secret, file, inline and inlineString, has none"),
          conf(
              "provided, a CA beside its certificate",
              "provided",
              "{cert: {secret: c}, key: {secret: k}, caCert: {secret: r}}",
              ".caCert: is not a field here; did you mean 'cert'?"),
          conf(
              "vault, a common name beside fromCp",
              "vault",
              "{fromCp: {address: 'https://v', auth: {aws: {}}}, commonName: a}",
              ".commonName: is not a field here; the fields are fromCp, leafKey"),
          conf(
              "vault, jwt without a token",
              "vault",
              "{fromCp: {address: 'https://v', auth: {jwt: {role: r}}}}",
              ".fromCp.auth.jwt.jwt: is missing; give it one of secret, file, inline and"
                  + " inlineString"));

  public static final List<MeshCase> VALID =
      List.of(
          mtls("nothing", "{}"),
          mtls("no enabled backend", "{enabledBackend: ''}"),
          mtls(
              "two backends",
              "{enabledBackend: b, skipValidation: true, backends: [{name: a, type: builtin}, {name:"
                  + " B.2_x, type: certmanager, conf: {issuerRef: {name: i}}}, {name: b, type:"
                  + " builtin}]}"),
          backend("the least", "{name: b, type: builtin}"),
          backend(
              "all but conf",
              "{name: b, type: builtin, mode: PERMISSIVE, dpCert: {requestTimeout: 5s, rotation:"
                  + " {expiration: 1d}}, rootChain: {requestTimeout: 1.5s}}"),
          backend("a mode by its number", "{name: b, type: builtin, mode: 1}"),
          backend(
              "timeouts in seconds and nanos",
              "{name: b, type: builtin, dpCert: {requestTimeout: {seconds: 1, nanos: 500000000}},"
                  + " rootChain: {requestTimeout: {seconds: '3'}}}"),
          backend(
              "the shortest timeout and the longest",
              "{name: b, type: builtin, dpCert: {requestTimeout: 0.000000001s}, rootChain:"
                  + " {requestTimeout: 3600.0s}}"),
          expiration("10s"),
          expiration("10000ms"),
          expiration("3153600000000ms"),
          expiration("3153600000s"),
          expiration("1m"),
          expiration("0024h"),
          expiration("876000h"),
          expiration("36500d"),
          expiration("5214w"),
          expiration("100y"),
          conf("builtin, RSA", "builtin", "{caCert: {RSAbits: 4096, expiration: 2y}}"),
          conf("builtin, RSA of Konnect", "builtin", "{caCert: {rsaBits: 2048, curve: ''}}"),
          conf(
              "builtin, EC",
              "builtin",
              "{caCert: {curve: P-384, expiration: 10y}, leafKey: {type: RSA}}"),
          conf("provided, secrets", "provided", "{cert: {secret: c}, key: {secret: k}}"),
          conf(
              "provided, inline",
              "provided",
              "{cert: {inline: \"LS0t\\n QUJD\\nQUI=\\n\"}, key: {inlineString: \"-----BEGIN PRIVATE"
                  + " KEY-----\\nMA==\"}}"),
          conf("provided, base64 unpadded", "provided", "{cert: {inline: QUI}, key: {file: /k}}"),
          conf(
              "certmanager, all",
              "certmanager",
              "{issuerRef: {name: i, kind: AWSPCAClusterIssuer, group: awspca.cert-manager.io},"
                  + " caCert: {inlineString: PEM}, commonName: '{{ tag \"kuma.io/service\" | replace"
                  + " \"_\" \"-\" }}.mesh', dnsNames: ['*.mesh', web.mesh], leafKey: {type: EC}}"),
          conf(
              "certmanager, apiGroup",
              "certmanager",
              "{issuerRef: {name: i, kind: Issuer, apiGroup: cert-manager.io}}"),
          vault("by token", "address: 'https://vault.example:8200/x'", "{token: {secret: t}}"),
          vault(
              "by certificate",
              "address: 'http://[::1]:8200', namespace: a/b, pki: /kmesh-pki-m/, role: r, tls:"
                  + " {caCert: {secret: c}, skipVerify: false, serverName: v}",
              "{tls: {clientCert: {secret: c}, clientKey: {secret: k}}}"),
          vault(
              "by AWS", "address: 'https://v'", "{aws: {type: 1, role: r, iamServerIdHeader: h}}"),
          vault(
              "by AppRole",
              "address: 'https://v'",
              "{approle: {mount: a, roleId: {secret: r}, secretId: {secret: s}}}"),
          vault("by Kubernetes", "address: 'https://v'", "{kubernetes: {role: r}}"),
          vault("by JWT", "address: 'https://v'", "{jwt: {role: r, jwt: {file: /t}}}"),
          conf(
              "vault, an agent without a login",
              "vault",
              "{fromCp: {agentAddress: 'http://127.0.0.1:8100', address: ''}}"),
          conf("acmpca, the least", "acmpca", "{arn: '%s'}".formatted(ARN)),
          conf(
              "acmpca, all",
              "acmpca",
              "{arn: '%s', caCert: {secret: r}, commonName: x, auth: {awsCredentials: {accessKey:"
                      .formatted(ARN)
                  + " {secret: a}, accessKeySecret: {secret: b}}}, template:"
                  + " 'arn:aws:acm-pca:::template/EndEntityCertificate/V1', roleArn:"
                  + " 'arn:aws:iam::123456789012:role/x/y', externalId: e, endpoint:"
                  + " 'http://127.0.0.1:4566', signingAlgorithm: SHA384WITHECDSA}"));

  private static MeshCase mtls(String name, String mtls, String... violations) {
    return new MeshCase(name, mtls, List.of(violations), Schema.REFUSES);
  }

  private static MeshCase backend(String name, String backend, String... violations) {
    return mtls(name, "{backends: [%s]}".formatted(backend), under(".backends[0]", violations));
  }

  private static MeshCase expiration(String expiration) {
    return backend(
        "a lifetime of " + expiration,
        "{name: b, type: builtin, dpCert: {rotation: {expiration: %s}}}".formatted(expiration));
  }

  private static MeshCase conf(String name, String type, String conf, String... violations) {
    return backend(
        name, "{name: b, type: %s, conf: %s}".formatted(type, conf), under(".conf", violations));
  }

  private static MeshCase vault(String name, String where, String login) {
    return conf("vault, " + name, "vault", "{fromCp: {%s, auth: %s}}".formatted(where, login));
  }

  private static String[] under(String path, String... violations) {
    return List.of(violations).stream().map(path::concat).toArray(String[]::new);
  }
}
