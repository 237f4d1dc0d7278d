package dev.meshseal.server.admin;

import dev.meshseal.server.admin.StreamView.Kind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts what happens, for Prometheus. Every method may be called from any thread, returns at once
 * and never throws; none has a label for each proxy. What can be read off {@link Inspection} is
 * read at each scrape instead of being counted.
 */
public final class Metrics implements AutoCloseable {
  /** From the first push to a laggard that is about to be called stuck. */
  private static final Duration[] ACK_BUCKETS =
      durations(1, 5, 10, 50, 100, 500, 1_000, 5_000, 15_000);

  private static final Duration[] ISSUE_BUCKETS =
      durations(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000);

  private record Issued(String mesh, String backend, String cause, String result) {}

  private record Stage(String backend, String stage) {}

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final Map<String, MultiGauge> gauges = new ConcurrentHashMap<>();

  private final Map<Issued, Counter> issued = new ConcurrentHashMap<>();
  private final Map<Stage, Timer> stages = new ConcurrentHashMap<>();
  private final Map<String, Counter> authFailures = new ConcurrentHashMap<>();
  private final Map<String, Counter> refusedNames = new ConcurrentHashMap<>();
  private final Map<String, Counter> ended = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> streams = new ConcurrentHashMap<>();

  private final Map<Kind, Counter> sent = new EnumMap<>(Kind.class);
  private final Map<Kind, Counter> acked = new EnumMap<>(Kind.class);
  private final Map<Kind, Timer> ackTime = new EnumMap<>(Kind.class);
  private final Map<Kind, Map<NackReason, Counter>> nacked = new EnumMap<>(Kind.class);
  private final Timer firstSecret;
  private final Counter unknownTypes;
  private final Counter configRefused;

  public Metrics(BuildInfo build) {
    for (var kind : Kind.values()) {
      register(kind);
    }
    firstSecret =
        Timer.builder("meshseal.sds.first.secret")
            .description("From the opening of a stream to its first secret")
            .serviceLevelObjectives(ISSUE_BUCKETS)
            .register(registry);
    unknownTypes =
        counter("meshseal.sds.unknown.type", "Requests for types other than Secret", Tags.empty());
    configRefused = counter("meshseal.config.refused", "Documents that were refused", Tags.empty());
    Gauge.builder("meshseal.build.info", () -> 1)
        .description("Which build this is; always 1")
        .tags(
            "version", build.version(),
            "commit", build.commit(),
            "java", Runtime.version().toString())
        .register(registry);
    List.of(
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new ClassLoaderMetrics(),
            new ProcessorMetrics(),
            new UptimeMetrics(),
            new FileDescriptorMetrics())
        .forEach(binder -> binder.bindTo(registry));
    gc.bindTo(registry);
  }

  private void register(Kind kind) {
    var type = word(kind);
    sent.put(kind, push(type, "sent"));
    acked.put(kind, push(type, "acked"));
    ackTime.put(
        kind,
        Timer.builder("meshseal.sds.ack")
            .description("From sending a secret to its ACK")
            .tags("type", type)
            .serviceLevelObjectives(ACK_BUCKETS)
            .register(registry));
    var reasons = new EnumMap<NackReason, Counter>(NackReason.class);
    for (var reason : NackReason.values()) {
      reasons.put(
          reason,
          counter(
              "meshseal.sds.nack",
              "Secrets that Envoy refused",
              Tags.of("type", type, "reason", reason.word())));
    }
    nacked.put(kind, reasons);
  }

  private Counter push(String type, String result) {
    return counter(
        "meshseal.sds.push",
        "Secrets that were sent, ACKed and NACKed",
        Tags.of("type", type, "result", result));
  }

  /**
   * A leaf was issued.
   *
   * @param cause one of a few words
   * @param queued between the cause and the call
   * @param took the call itself
   */
  public void issued(String mesh, String backend, String cause, Duration queued, Duration took) {
    issue(mesh, backend, cause, "ok");
    stage(backend, "queue").record(queued);
    stage(backend, "call").record(took);
  }

  /**
   * A leaf was not issued.
   *
   * @param result why, in one of a few words, never a message
   */
  public void notIssued(String mesh, String backend, String cause, String result) {
    issue(mesh, backend, cause, result);
  }

  private void issue(String mesh, String backend, String cause, String result) {
    issued
        .computeIfAbsent(
            new Issued(mesh, backend, lower(cause), lower(result)),
            key ->
                counter(
                    "meshseal.issue",
                    "Leaves that were asked for, by why and how it ended",
                    Tags.of(
                        "mesh", key.mesh(),
                        "backend", key.backend(),
                        "cause", key.cause(),
                        "result", key.result())))
        .increment();
  }

  /** A mesh is gone, and with it what was counted of it; counts would stand there for ever. */
  public void forget(String mesh) {
    issued
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = entry.getKey().mesh().equals(mesh);
              if (gone) {
                registry.remove(entry.getValue());
              }
              return gone;
            });
  }

  private Timer stage(String backend, String stage) {
    return stages.computeIfAbsent(
        new Stage(backend, stage),
        key ->
            Timer.builder("meshseal.issue")
                .description("How long a leaf waited for its turn and for the authority")
                .tags("backend", key.backend(), "stage", key.stage())
                .serviceLevelObjectives(ISSUE_BUCKETS)
                .register(registry));
  }

  public void streamOpened(String service, String variant) {
    openStreams(service, variant).incrementAndGet();
  }

  public void streamClosed(String service, String variant) {
    openStreams(service, variant).decrementAndGet();
  }

  private AtomicInteger openStreams(String service, String variant) {
    return streams.computeIfAbsent(
        service + "/" + variant,
        key -> {
          var count = new AtomicInteger();
          Gauge.builder("meshseal.sds.streams", count, AtomicInteger::get)
              .description("Streams that are open now")
              .tags("service", lower(service), "variant", lower(variant))
              .strongReference(true)
              .register(registry);
          return count;
        });
  }

  /** This server ended a stream, for one of a few reasons. */
  public void streamEnded(String reason) {
    labelled(ended, "meshseal.sds.ended", "Streams that this server ended", reason).increment();
  }

  public void sent(Kind kind) {
    of(sent, kind).increment();
  }

  public void acked(Kind kind, Duration sinceSent) {
    of(acked, kind).increment();
    of(ackTime, kind).record(sinceSent);
  }

  /**
   * Envoy refused a secret.
   *
   * @param reason its own words, which become one of a few
   */
  public void nacked(Kind kind, String reason) {
    of(of(nacked, kind), NackReason.of(reason)).increment();
  }

  /** A name got nothing, for one of a few reasons. */
  public void refusedName(String reason) {
    labelled(refusedNames, "meshseal.sds.refused.name", "Names that got no secret", reason)
        .increment();
  }

  public void unknownType() {
    unknownTypes.increment();
  }

  /** The first secret of a stream went out, this long after it was opened. */
  public void firstSecret(Duration sinceOpened) {
    firstSecret.record(sinceOpened);
  }

  /** A credential was missing, wrong or for another proxy; one of a few reasons. */
  public void authFailed(String reason) {
    labelled(
            authFailures,
            "meshseal.auth.failures",
            "Connections refused for their credential",
            reason)
        .increment();
  }

  /** A document was refused. */
  public void configRefused() {
    configRefused.increment();
  }

  /** Everything as Prometheus reads it, the gauges as they are now. */
  String scrape(Inspection inspection) {
    synchronized (gauges) {
      Gauges.of(inspection).forEach(this::publish);
      return registry.scrape();
    }
  }

  private void publish(Gauges.Family family) {
    gauges
        .computeIfAbsent(
            family.name(),
            name -> MultiGauge.builder(name).description(family.help()).register(registry))
        .register(
            family.samples().stream()
                .map(sample -> MultiGauge.Row.of(tags(sample.labels()), sample.value()))
                .toList(),
            true);
  }

  private static Tags tags(Map<String, String> labels) {
    var tags = Tags.empty();
    for (var label : labels.entrySet()) {
      tags = tags.and(label.getKey(), label.getValue());
    }
    return tags;
  }

  private Counter labelled(Map<String, Counter> counters, String name, String help, String reason) {
    return counters.computeIfAbsent(
        reason, key -> counter(name, help, Tags.of("reason", lower(key))));
  }

  private Counter counter(String name, String help, Tags tags) {
    return Counter.builder(name).description(help).tags(tags).register(registry);
  }

  private static <K, V> V of(Map<K, V> map, K key) {
    return Optional.ofNullable(map.get(key)).orElseThrow();
  }

  private static String word(Kind kind) {
    return lower(kind.name());
  }

  private static String lower(String word) {
    return word.toLowerCase(Locale.ROOT);
  }

  private static Duration[] durations(long... milliseconds) {
    var durations = new Duration[milliseconds.length];
    for (var i = 0; i < durations.length; i++) {
      durations[i] = Duration.ofMillis(milliseconds[i]);
    }
    return durations;
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
