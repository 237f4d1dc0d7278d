package dev.meshseal.mesh;

import dev.meshseal.identity.Dataplane;
import dev.meshseal.identity.DataplaneId;
import dev.meshseal.identity.Tags;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** A Universal Dataplane document, of which only what makes an identity is read. */
record DataplaneReading(
    String mesh,
    String name,
    SortedMap<String, SortedSet<String>> tags,
    Optional<String> workload) {
  private static final String WORKLOAD = "kuma.io/workload";
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9._-]*[a-z0-9])?");

  // Tags and services become parts of URIs in certificates, where nothing else may stand.
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9._:/-]{1,253}");
  private static final Pattern SEGMENT = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,253}");

  static DataplaneReading universal(Fields root) {
    var mesh = root.text("mesh").orElse("default");
    MeshReader.requireName(root.findings(), root.path("mesh"), mesh);
    var tags = new TreeMap<String, SortedSet<String>>();
    var networking = root.object("networking");
    networking.ifPresent(
        fields -> {
          fields.objects("inbound").forEach(inbound -> addTags(inbound, tags));
          fields.object("gateway").ifPresent(gateway -> addTags(gateway, tags));
        });
    var workload = workload(root);
    if (!tags.containsKey(Tags.SERVICE) && workload.isEmpty()) {
      root.findings()
          .note(
              "has neither tag %s nor label %s, so it can get no certificate"
                  .formatted(Tags.SERVICE, WORKLOAD));
    }
    return new DataplaneReading(mesh, name(root), tags, workload);
  }

  Supplier<Resource.Proxy> dataplane() {
    return () ->
        new Resource.Proxy(
            new Dataplane(new DataplaneId(mesh, name), new Tags(tags), workload, Optional.empty()));
  }

  private static String name(Fields root) {
    var name = root.requiredText("name");
    if (!name.isEmpty() && (name.length() > 253 || !NAME.matcher(name).matches())) {
      root.refuse(
          "name",
          "must be 1 to 253 of a-z 0-9 - . _ and begin and end with a letter or digit, is %s"
              .formatted(Words.quote(name)));
    }
    return name;
  }

  private static Optional<String> workload(Fields root) {
    return root.object("labels")
        .flatMap(
            labels -> {
              var workload = Optional.ofNullable(labels.asTexts().get(WORKLOAD));
              workload.ifPresent(text -> requireSegment(labels, WORKLOAD, text));
              return workload;
            });
  }

  private static void addTags(Fields fields, SortedMap<String, SortedSet<String>> all) {
    fields
        .object("tags")
        .ifPresent(
            tags ->
                tags.asTexts()
                    .forEach(
                        (tag, value) -> {
                          requireTag(tags, tag, value);
                          all.computeIfAbsent(tag, first -> new TreeSet<>()).add(value);
                        }));
  }

  private static void requireTag(Fields tags, String tag, String value) {
    if (!TAG.matcher(tag).matches()) {
      tags.refuse(tag, "a tag's name is of letters, digits and - . _ : /");
    } else if (tag.equals(Tags.SERVICE)) {
      requireSegment(tags, tag, value);
    } else if (!TAG.matcher(value).matches()) {
      tags.refuse(
          tag, "must be of letters, digits and - . _ : /, is %s".formatted(Words.quote(value)));
    }
  }

  private static void requireSegment(Fields fields, String name, String value) {
    if (!SEGMENT.matcher(value).matches()) {
      fields.refuse(
          name,
          "must be one segment of a SPIFFE path, of letters, digits and - . _, is %s"
              .formatted(Words.quote(value)));
    }
  }
}
