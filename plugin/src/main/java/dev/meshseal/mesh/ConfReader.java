package dev.meshseal.mesh;

import dev.meshseal.x509.KeyType;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The {@code conf} of one backend, by its {@code type}. */
final class ConfReader {
  /** What stands in for a conf that is refused. */
  private static final BackendConf STAND_IN =
      new BackendConf.Builtin(
          KeyType.EC_P256, BackendConf.Builtin.DEFAULT_CA_LIFETIME, KeyType.EC_P256);

  private static final int SMALLEST_RSA = 2048;
  private static final int LARGEST_RSA = 8192;

  /** Kuma keeps a builtin CA in a Secret with the backend's name in its own. */
  private static final Pattern LOWER_CASE = Pattern.compile("[^A-Z]*");

  // What Kong Mesh takes of a Go template: texts, and tags with characters replaced.
  private static final Pattern COMMON_NAME =
      Pattern.compile(
          "([^{}]|\\{\\{\\s*tag\\s+\"[^\"{}]+\"(\\s*\\|\\s*replace\\s+\"[^\"{}]*\"\\s+\"[^\"{}]*\")*"
              + "\\s*}})+");
  private static final Pattern DNS_NAME =
      Pattern.compile("(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?");

  private static final String CERT_MANAGER = "cert-manager.io";
  private static final Set<String> CERT_MANAGERS_KINDS = Set.of("Issuer", "ClusterIssuer");
  private static final Pattern OBJECT_NAME =
      Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
  private static final Pattern KIND = Pattern.compile("[A-Za-z][A-Za-z0-9]{0,62}");

  private final String mesh;
  private final Fields backend;
  private final Map<String, Function<Fields, BackendConf>> readers = new LinkedHashMap<>();

  ConfReader(String mesh, Fields backend) {
    this.mesh = mesh;
    this.backend = backend;
    readers.put("builtin", this::builtin);
    readers.put("provided", this::provided);
    readers.put("certmanager", this::certManager);
    readers.put("vault", this::vault);
    readers.put("acmpca", conf -> new AcmPcaReader(conf).read());
  }

  /** The conf, or a stand-in where anything was refused. */
  BackendConf read(String type) {
    if (type.isEmpty() || !readers.containsKey(type)) {
      refuseType(type);
      backend.node("conf");
      return STAND_IN;
    }
    return backend
        .objectOrEmpty("conf")
        .map(
            conf -> {
              var read = readers.getOrDefault(type, other -> STAND_IN).apply(conf);
              conf.refuseUnknown();
              return read;
            })
        .orElse(STAND_IN);
  }

  private void refuseType(String type) {
    if (!type.isEmpty()) {
      backend.refuse(
          "type",
          "is %s, but the types are %s%s"
              .formatted(
                  Words.quote(type),
                  String.join(", ", readers.keySet()),
                  Words.nearest(type, readers.keySet())
                      .map("; did you mean '%s'?"::formatted)
                      .orElse("")));
    }
  }

  private BackendConf builtin(Fields conf) {
    backend
        .text("name")
        .filter(name -> !LOWER_CASE.matcher(name).matches())
        .ifPresent(
            name ->
                backend.refuse(
                    "name",
                    "must be in lower case for a builtin backend, is %s"
                        .formatted(Words.quote(name))));
    var caCert = conf.object("caCert");
    var key = caCert.flatMap(this::caKey).orElse(KeyType.EC_P256);
    var lifetime =
        caCert
            .flatMap(fields -> Durations.lifetime(fields, "expiration"))
            .orElse(BackendConf.Builtin.DEFAULT_CA_LIFETIME);
    caCert.ifPresent(Fields::refuseUnknown);
    return new BackendConf.Builtin(key, lifetime, leafKey(conf));
  }

  private Optional<KeyType> caKey(Fields caCert) {
    var kuma = caCert.whole("RSAbits");
    var konnect = caCert.whole("rsaBits");
    var curve = caCert.text("curve");
    if (kuma.isPresent() && konnect.isPresent()) {
      caCert.refuse("rsaBits", "is another spelling of RSAbits, which is there too; keep one");
    }
    var rsa = kuma.isPresent() ? "RSAbits" : "rsaBits";
    var bits = kuma.or(() -> konnect);
    if (bits.isPresent() && curve.isPresent()) {
      caCert.refuse("curve", "a key is EC or RSA: remove curve or %s".formatted(rsa));
    }
    return bits.flatMap(number -> rsa(caCert, rsa, number))
        .or(() -> curve.flatMap(name -> curve(caCert, name)));
  }

  private static Optional<KeyType> rsa(Fields caCert, String name, long bits) {
    if (bits < SMALLEST_RSA || bits > LARGEST_RSA) {
      caCert.refuse(name, "must be %d to %d, is %d".formatted(SMALLEST_RSA, LARGEST_RSA, bits));
      return Optional.empty();
    }
    return Optional.of(new KeyType.Rsa((int) bits));
  }

  private static Optional<KeyType> curve(Fields caCert, String name) {
    return switch (name) {
      case "P-256" -> Optional.of(KeyType.EC_P256);
      case "P-384" -> Optional.of(new KeyType.Ec(KeyType.Curve.P_384));
      default -> {
        caCert.refuse("curve", "must be P-256 or P-384, is %s".formatted(Words.quote(name)));
        yield Optional.empty();
      }
    };
  }

  private BackendConf provided(Fields conf) {
    return new BackendConf.Provided(
        DataSources.required(conf, "cert"), DataSources.required(conf, "key"), leafKey(conf));
  }

  private BackendConf certManager(Fields conf) {
    if (!conf.has("issuerRef")) {
      conf.refuse("issuerRef", "is missing; give it the name of a cert-manager issuer");
    }
    var names = conf.texts("dnsNames", (where, name) -> requireDnsName(conf, where, name));
    return new BackendConf.CertManager(
        conf.object("issuerRef")
            .map(this::issuerRef)
            .orElse(new BackendConf.CertManager.IssuerRef("?", "?", "?")),
        DataSources.optional(conf, "caCert"),
        commonName(conf),
        names,
        leafKey(conf));
  }

  private static void requireDnsName(Fields conf, String where, String name) {
    if (name.length() > 253 || !DNS_NAME.matcher(name).matches()) {
      conf.findings().refuse(where, "must be a DNS name, is %s".formatted(Words.quote(name)));
    }
  }

  private BackendConf.CertManager.IssuerRef issuerRef(Fields ref) {
    var name = ref.requiredText("name");
    var kind = ref.text("kind").filter(text -> !text.isEmpty()).orElse("Issuer");
    var group = ref.text("group").filter(text -> !text.isEmpty());
    var alias = ref.text("apiGroup").filter(text -> !text.isEmpty());
    if (alias.isPresent()) {
      if (group.isPresent() && !group.equals(alias)) {
        ref.refuse(
            "apiGroup",
            "is %s, but group is %s; keep group"
                .formatted(Words.quote(alias.orElseThrow()), Words.quote(group.orElseThrow())));
      }
      ref.findings().note("%s is read as group; write group".formatted(ref.path("apiGroup")));
    }
    ref.refuseUnknown();
    var issuer =
        new BackendConf.CertManager.IssuerRef(
            name, kind, group.or(() -> alias).orElse(CERT_MANAGER));
    requireKubernetesNames(ref, issuer);
    return issuer;
  }

  private static void requireKubernetesNames(Fields ref, BackendConf.CertManager.IssuerRef issuer) {
    if (!issuer.name().isEmpty() && !OBJECT_NAME.matcher(issuer.name()).matches()) {
      ref.refuse(
          "name",
          "must be the name of an object in Kubernetes, is %s"
              .formatted(Words.quote(issuer.name())));
    }
    if (!OBJECT_NAME.matcher(issuer.group()).matches()) {
      ref.refuse(
          ref.has("group") ? "group" : "apiGroup",
          "must be an API group of Kubernetes, is %s".formatted(Words.quote(issuer.group())));
    }
    if (!KIND.matcher(issuer.kind()).matches()) {
      ref.refuse(
          "kind", "must be a kind of Kubernetes, is %s".formatted(Words.quote(issuer.kind())));
    } else if (issuer.group().equals(CERT_MANAGER)
        && !CERT_MANAGERS_KINDS.contains(issuer.kind())) {
      ref.refuse(
          "kind",
          "is %s, but cert-manager has Issuer and ClusterIssuer; give the group of another issuer as group"
              .formatted(Words.quote(issuer.kind())));
    }
  }

  private BackendConf vault(Fields conf) {
    if (!conf.has("fromCp")) {
      conf.refuse("fromCp", "is missing; it says where Vault is and how to log in");
    }
    var leafKey = leafKey(conf);
    return conf.object("fromCp")
        .<BackendConf>map(fromCp -> new VaultReader(mesh, fromCp).read(leafKey))
        .orElse(STAND_IN);
  }

  /** The key of leaves: EC unless RSA is asked for. */
  static KeyType leafKey(Fields conf) {
    return conf.object("leafKey").flatMap(ConfReader::leafKeyType).orElse(KeyType.EC_P256);
  }

  private static Optional<KeyType> leafKeyType(Fields leafKey) {
    var type = leafKey.text("type").orElse("EC");
    leafKey.refuseUnknown();
    return switch (type) {
      case "EC" -> Optional.of(KeyType.EC_P256);
      case "RSA" -> Optional.of(KeyType.RSA_2048);
      default -> {
        leafKey.refuse("type", "must be EC or RSA, is %s".formatted(Words.quote(type)));
        yield Optional.empty();
      }
    };
  }

  /** A text in which {@code {{ tag "NAME" | replace "a" "b" }}} stands for a tag's value. */
  static Optional<String> commonName(Fields conf) {
    var template = conf.text("commonName");
    template
        .filter(text -> text.length() > 1_024 || !COMMON_NAME.matcher(text).matches())
        .ifPresent(
            text ->
                conf.refuse(
                    "commonName",
                    "may use {{ tag \"NAME\" }} and {{ tag \"NAME\" | replace \"a\" \"b\" }}, is %s"
                        .formatted(Words.quote(text))));
    return template;
  }

  /** An address of a service that speaks HTTP. */
  static Optional<URI> address(Fields fields, String name) {
    return fields
        .text(name)
        .map(
            text -> {
              try {
                return requireAddress(new URI(text));
              } catch (java.net.URISyntaxException | IllegalArgumentException malformed) {
                fields.refuse(
                    name,
                    "must be http(s)://HOST[:PORT][/PATH], without user, query or fragment, is %s"
                        .formatted(Words.quote(text.replaceAll("//[^/]*@", "//…@"))));
                return URI.create("http://invalid");
              }
            });
  }

  private static URI requireAddress(URI uri) {
    if (!Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
        || uri.getHost() == null
        || uri.getPort() == 0
        || uri.getPort() > 65_535
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw new IllegalArgumentException("not an address");
    }
    return uri;
  }
}
