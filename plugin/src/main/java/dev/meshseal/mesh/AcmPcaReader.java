package dev.meshseal.mesh;

import dev.meshseal.mesh.BackendConf.AcmPca;
import java.util.Optional;
import java.util.regex.Pattern;

/** The {@code conf} of an acmpca backend. */
final class AcmPcaReader {
  // The region becomes part of a host name: anything else in it would call somebody else.
  private static final Pattern CA =
      Pattern.compile(
          "arn:aws[a-z-]*:acm-pca:[a-z]{2,}(-[a-z]+)+-[0-9]:[0-9]{12}:certificate-authority/[0-9a-zA-Z-]+");
  private static final Pattern TEMPLATE =
      Pattern.compile("arn:aws[a-z-]*:acm-pca:::template/[A-Za-z0-9_]+/V[0-9]+");
  private static final Pattern ROLE =
      Pattern.compile("arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+");
  private static final Pattern ALGORITHM = Pattern.compile("SHA(256|384|512)WITH(RSA|ECDSA)");

  private final Fields conf;

  AcmPcaReader(Fields conf) {
    this.conf = conf;
  }

  AcmPca read() {
    conf.requiredText("arn");
    var role = matching("roleArn", ROLE, "arn:aws:iam::ACCOUNT:role/NAME");
    var externalId = conf.text("externalId");
    if (externalId.isPresent() && role.isEmpty()) {
      conf.refuse("externalId", "is for assuming a role, but there is no roleArn");
    }
    return new AcmPca(
        matching("arn", CA, "arn:aws:acm-pca:REGION:ACCOUNT:certificate-authority/ID").orElse("?"),
        DataSources.optional(conf, "caCert"),
        ConfReader.commonName(conf),
        conf.object("auth").flatMap(this::credentials),
        matching("template", TEMPLATE, "arn:aws:acm-pca:::template/NAME/V1"),
        role,
        externalId,
        ConfReader.address(conf, "endpoint"),
        matching("signingAlgorithm", ALGORITHM, "SHA256WITHECDSA, SHA384WITHRSA or the like"),
        ConfReader.leafKey(conf));
  }

  private Optional<String> matching(String name, Pattern pattern, String example) {
    var given = conf.text(name);
    given
        .filter(text -> !pattern.matcher(text).matches())
        .ifPresent(
            text ->
                conf.refuse(name, "must be like %s, is %s".formatted(example, Words.quote(text))));
    return given;
  }

  private Optional<AcmPca.Credentials> credentials(Fields auth) {
    var credentials =
        auth.object("awsCredentials")
            .map(
                keys -> {
                  var read =
                      new AcmPca.Credentials(
                          DataSources.required(keys, "accessKey"),
                          DataSources.required(keys, "accessKeySecret"));
                  keys.refuseUnknown();
                  return read;
                });
    auth.refuseUnknown();
    return credentials;
  }
}
