package dev.meshseal.mesh;

import dev.meshseal.mesh.BackendConf.Vault;
import dev.meshseal.mesh.BackendConf.Vault.Auth;
import dev.meshseal.x509.KeyType;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code conf.fromCp} of a vault backend. */
final class VaultReader {
  private static final List<String> LOGINS =
      List.of("token", "tls", "aws", "approle", "kubernetes", "jwt");
  private static final Pattern MOUNT = Pattern.compile("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*");
  private static final Auth STAND_IN = new Auth.Token(new DataSource.Secret("?"));

  private final String mesh;
  private final Fields fromCp;

  VaultReader(String mesh, Fields fromCp) {
    this.mesh = mesh;
    this.fromCp = fromCp;
  }

  Vault read(KeyType leafKey) {
    var server = ConfReader.address(fromCp, "address");
    var agent = ConfReader.address(fromCp, "agentAddress");
    if (server.isEmpty() && agent.isEmpty()) {
      fromCp.refuse("address", "is missing; give it the address of Vault, or agentAddress");
    }
    if (server.isPresent() && agent.isPresent()) {
      fromCp.findings().note(fromCp.path("address") + " is not used, as agentAddress is given");
    }
    var auth = auth(agent.isPresent());
    var vault =
        new Vault(
            agent.or(() -> server).orElse(URI.create("http://invalid")),
            agent.isPresent(),
            mount("namespace"),
            mount("pki").orElseGet(() -> assume("pki", "kmesh-pki-" + mesh)),
            mount("role").orElseGet(() -> assume("role", "dataplane-proxies")),
            ConfReader.commonName(fromCp),
            fromCp
                .object("tls")
                .map(this::tls)
                .orElse(new Vault.Tls(Optional.empty(), false, Optional.empty())),
            auth,
            leafKey);
    fromCp.refuseUnknown();
    return vault;
  }

  private String assume(String name, String value) {
    fromCp.findings().note("%s is not given; '%s' is used".formatted(fromCp.path(name), value));
    return value;
  }

  private Optional<String> mount(String name) {
    return mount(fromCp, name);
  }

  /** What becomes part of a URL of Vault, so it may have nothing that changes where that leads. */
  private static Optional<String> mount(Fields fields, String name) {
    var given = fields.text(name).map(text -> text.replaceAll("^/|/$", ""));
    given
        .filter(text -> !MOUNT.matcher(text).matches() || List.of(text.split("/")).contains(".."))
        .ifPresent(
            text ->
                fields.refuse(
                    name,
                    "must be names of letters, digits, - . and _, joined by /, is %s"
                        .formatted(Words.quote(text))));
    return given;
  }

  private Vault.Tls tls(Fields tls) {
    var read =
        new Vault.Tls(
            DataSources.optional(tls, "caCert"),
            tls.flag("skipVerify").orElse(false),
            tls.text("serverName"));
    tls.refuseUnknown();
    if (read.skipVerify()) {
      tls.findings()
          .note(tls.path("skipVerify") + " lets anyone on the way read the login; use caCert");
    }
    return read;
  }

  private Optional<Auth> auth(boolean throughAgent) {
    var auth = fromCp.object("auth");
    if (!fromCp.has("auth") && !throughAgent) {
      fromCp.refuse("auth", "is missing; it is needed unless agentAddress is given");
    }
    return auth.map(this::login);
  }

  private Auth login(Fields auth) {
    var given = LOGINS.stream().filter(auth::has).toList();
    auth.refuseUnknown();
    if (given.size() != 1) {
      auth.findings()
          .refuse(
              auth.path(),
              "must have exactly one of %s, has %s"
                  .formatted(
                      String.join(", ", LOGINS),
                      given.isEmpty() ? "none" : String.join(" and ", given)));
      return STAND_IN;
    }
    return given.getFirst().equals("token")
        ? new Auth.Token(DataSources.required(auth, "token"))
        : auth.object(given.getFirst())
            .map(login -> login(given.getFirst(), login))
            .orElse(STAND_IN);
  }

  private Auth login(String kind, Fields login) {
    var read =
        switch (kind) {
          case "tls" ->
              new Auth.ClientCertificate(
                  DataSources.required(login, "clientCert"),
                  DataSources.required(login, "clientKey"));
          case "aws" -> aws(login);
          case "approle" ->
              new Auth.AppRole(
                  mount(login, "mount").orElse("approle"),
                  DataSources.required(login, "roleId"),
                  DataSources.required(login, "secretId"));
          case "kubernetes" ->
              new Auth.Kubernetes(
                  mount(login, "mount").orElse("kubernetes"), login.requiredText("role"));
          default ->
              new Auth.Jwt(
                  mount(login, "mount").orElse("jwt"),
                  login.requiredText("role"),
                  DataSources.required(login, "jwt"));
        };
    login.refuseUnknown();
    return read;
  }

  /** As a word, or as the number that protobuf gives it. */
  private static Auth aws(Fields aws) {
    var node = aws.node("type");
    var type =
        switch (node.orElse(new YamlNode.Text(0, "IAM"))) {
          case YamlNode.Text text -> text.value();
          case YamlNode.Numeral number ->
              switch (number.value()) {
                case "0" -> "IAM";
                case "1" -> "EC2";
                default -> "";
              };
          default -> "";
        };
    if (!List.of("IAM", "EC2").contains(type)) {
      aws.refuse(
          "type", "must be IAM or EC2, is %s".formatted(node.map(YamlNode::described).orElse("")));
    }
    return new Auth.Aws(
        type.equals("EC2") ? Auth.AwsType.EC2 : Auth.AwsType.IAM,
        aws.text("role"),
        aws.text("iamServerIdHeader"));
  }
}
