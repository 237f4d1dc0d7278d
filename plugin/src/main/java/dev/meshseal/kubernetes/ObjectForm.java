package dev.meshseal.kubernetes;

/** How much of an object is wanted, as the API server is asked for it. */
enum ObjectForm {
  WHOLE("application/json", "application/json"),
  /** Only {@code metadata}. */
  METADATA(
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");

  private final String list;
  private final String watch;

  ObjectForm(String list, String watch) {
    this.list = list;
    this.watch = watch;
  }

  /** The media type of a list. */
  String list() {
    return list;
  }

  /** The media type of an event's object. */
  String watch() {
    return watch;
  }
}
