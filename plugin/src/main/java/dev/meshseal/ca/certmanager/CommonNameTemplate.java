package dev.meshseal.ca.certmanager;

import dev.meshseal.identity.DataplaneIdentity;
import dev.meshseal.identity.IdentityForm;
import dev.meshseal.identity.SpiffeId;
import dev.meshseal.identity.Tags;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code conf.commonName}: a text in which <code>{{ tag "NAME" | replace "a" "b" }}</code> stands
 * for the first value of a tag. The common name is for authorities that insist on one; no peer goes
 * by it.
 */
record CommonNameTemplate(String text) {
  private static final Pattern TAG =
      Pattern.compile("\\{\\{\\s*tag\\s+\"([^\"{}]+)\"((?:\\s*\\|\\s*replace[^|}]*)*)\\s*}}");
  private static final Pattern REPLACE = Pattern.compile("replace\\s+\"([^\"]*)\"\\s+\"([^\"]*)\"");
  // What every authority writes as it is, and what stands in a name without an escape (RFC 4514).
  private static final Pattern WRITABLE = Pattern.compile("[A-Za-z0-9._:/@*-]+");
  private static final int LONGEST = 64; // X.520's ub-common-name (RFC 5280, A.1)

  /**
   * The common name of a proxy.
   *
   * @throws IllegalArgumentException if the proxy lacks a tag, or the name would be empty or odd
   */
  String fill(DataplaneIdentity identity) {
    return fill(tag -> value(identity, tag));
  }

  /** The common name where every tag has the same value. */
  String fillAll(String value) {
    return fill(tag -> Optional.of(value));
  }

  private String fill(Function<String, Optional<String>> tags) {
    var filled =
        TAG.matcher(text).replaceAll(found -> Matcher.quoteReplacement(replaced(found, tags)));
    var name = filled.length() <= LONGEST ? filled : filled.substring(0, LONGEST);
    if (!WRITABLE.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "conf.commonName '%s' makes the common name '%s', but a common name has 1 to %d of a-z A-Z 0-9 . _ : / @ * -"
              .formatted(text, name.replaceAll("[^ -~]", "?"), LONGEST));
    }
    return name;
  }

  private String replaced(MatchResult found, Function<String, Optional<String>> tags) {
    var tag = found.group(1);
    var value =
        tags.apply(tag)
            .filter(text -> !text.isEmpty())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "conf.commonName '%s' needs the tag '%s', which its identity does not have; tags are in identities of the form 'kuma' only"
                            .formatted(text, tag)));
    var replacements = REPLACE.matcher(found.group(2));
    while (replacements.find()) {
      value = value.replace(replacements.group(1), replacements.group(2));
    }
    return value;
  }

  private static Optional<String> value(DataplaneIdentity identity, String tag) {
    var prefix = "kuma://" + tag + "/";
    return identity.uris().stream()
        .filter(uri -> uri.startsWith(prefix))
        .map(uri -> uri.substring(prefix.length()))
        .filter(value -> value.indexOf('/') < 0)
        .findFirst()
        .or(() -> service(identity, tag));
  }

  /** A proxy without service tags goes by its workload, which its SPIFFE ID has. */
  private static Optional<String> service(DataplaneIdentity identity, String tag) {
    if (!tag.equals(Tags.SERVICE) || identity.form() != IdentityForm.KUMA) {
      return Optional.empty();
    }
    return identity.uris().stream()
        .filter(uri -> uri.startsWith("spiffe://"))
        .map(uri -> SpiffeId.parse(uri).path())
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .findFirst();
  }
}
