package dev.meshseal.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.server.admin.StreamView.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private final Metrics metrics = new Metrics(new BuildInfo("1.2.3", "abcdef0"));
  private final FakeInspection inspection = new FakeInspection();

  @AfterEach
  void close() {
    metrics.close();
  }

  @Test
  void countsIssuanceByBackendAndCauseAndResult() {
    metrics.issued("default", "ca-1", "DUE", Duration.ofMillis(3), Duration.ofMillis(20));
    metrics.issued("default", "ca-1", "DUE", Duration.ofMillis(3), Duration.ofMillis(20));
    metrics.notIssued("default", "ca-1", "FIRST", "UNAVAILABLE");

    assertThat(metrics.scrape(inspection))
        .contains(
            "meshseal_issue_total{backend=\"ca-1\",cause=\"due\",mesh=\"default\",result=\"ok\"} 2.0",
            "meshseal_issue_total{backend=\"ca-1\",cause=\"first\",mesh=\"default\",result=\"unavailable\"} 1.0",
            "meshseal_issue_seconds_count{backend=\"ca-1\",stage=\"call\"} 2",
            "meshseal_issue_seconds_bucket{backend=\"ca-1\",stage=\"call\",le=\"0.025\"} 2");
  }

  @Test
  void forgetsWhatItCountedOfAMeshThatIsGone() {
    metrics.issued("gone", "ca-1", "DUE", Duration.ofMillis(3), Duration.ofMillis(20));
    metrics.notIssued("gone", "ca-1", "FIRST", "UNAVAILABLE");
    metrics.issued("default", "ca-1", "DUE", Duration.ofMillis(3), Duration.ofMillis(20));

    metrics.forget("gone");

    assertThat(metrics.scrape(inspection))
        .contains("meshseal_issue_total{backend=\"ca-1\",cause=\"due\",mesh=\"default\"")
        .doesNotContain("mesh=\"gone\"");
  }

  @Test
  void countsWhatHappensOnStreams() {
    metrics.streamOpened("SDS", "SOTW");
    metrics.streamOpened("SDS", "SOTW");
    metrics.streamClosed("SDS", "SOTW");
    metrics.sent(Kind.IDENTITY);
    metrics.acked(Kind.IDENTITY, Duration.ofMillis(7));
    metrics.nacked(Kind.IDENTITY, "Failed to load certificate chain: KEY_VALUES_MISMATCH");
    metrics.nacked(Kind.TRUST, "Failed to load trusted CA certificates from <inline>");
    metrics.firstSecret(Duration.ofMillis(12));
    metrics.authFailed("EXPIRED");
    metrics.refusedName("FORBIDDEN");
    metrics.streamEnded("LIMIT");
    metrics.unknownType();

    assertThat(metrics.scrape(inspection))
        .contains(
            "meshseal_sds_streams{service=\"sds\",variant=\"sotw\"} 1.0",
            "meshseal_sds_push_total{result=\"sent\",type=\"identity\"} 1.0",
            "meshseal_sds_push_total{result=\"acked\",type=\"identity\"} 1.0",
            "meshseal_sds_ack_seconds_count{type=\"identity\"} 1",
            "meshseal_sds_nack_total{reason=\"key_mismatch\",type=\"identity\"} 1.0",
            "meshseal_sds_nack_total{reason=\"bad_roots\",type=\"trust\"} 1.0",
            "meshseal_sds_first_secret_seconds_count 1",
            "meshseal_auth_failures_total{reason=\"expired\"} 1.0",
            "meshseal_sds_refused_name_total{reason=\"forbidden\"} 1.0",
            "meshseal_sds_ended_total{reason=\"limit\"} 1.0",
            "meshseal_sds_unknown_type_total 1.0");
  }

  @Test
  void readsGaugesOffTheStateOfTheServer() {
    var scraped = metrics.scrape(inspection);

    assertThat(scraped)
        .contains(
            "meshseal_proxies{mesh=\"default\",state=\"ok\"} 1.0",
            "meshseal_proxies{mesh=\"default\",state=\"expired\"} 0.0",
            "meshseal_leaf_remaining_ratio_min{backend=\"ca-1\",mesh=\"default\"} 0.958",
            "meshseal_leaf_expiry_timestamp_seconds_min{backend=\"ca-1\",mesh=\"default\"} 1.7956",
            "meshseal_ca_expiry_timestamp_seconds{backend=\"ca-1\",mesh=\"default\",role=\"root\"}",
            "meshseal_credential_expiry_timestamp_seconds{backend=\"\",kind=\"server-tls\",mesh=\"\"}",
            "meshseal_backend_breaker_open{backend=\"ca-1\",mesh=\"default\"} 0.0",
            "meshseal_bundle_groups{mesh=\"default\"} 1.0",
            "meshseal_config_stale{mesh=\"default\"} 0.0",
            "meshseal_issue_last_success_timestamp_seconds{backend=\"ca-1\",mesh=\"default\"}",
            "meshseal_build_info{commit=\"abcdef0\"");
  }

  @Test
  void forgetsWhatIsGone() {
    metrics.scrape(inspection);
    inspection.meshes.clear();
    inspection.backends.clear();
    inspection.dataplanes.clear();

    var scraped = metrics.scrape(inspection);

    assertThat(scraped).doesNotContain("mesh=\"default\"");
  }

  @Test
  void countsEveryStateOfAProxy() {
    inspection.dataplanes.add(FakeInspection.dataplane("web-2", "5e2"));
    inspection.streams(streams -> List.of());
    inspection.dataplanes.add(FakeInspection.dataplane("web-3", "5e3"));

    assertThat(metrics.scrape(inspection))
        .contains(
            "meshseal_proxies{mesh=\"default\",state=\"away\"} 2.0",
            "meshseal_proxies{mesh=\"default\",state=\"ok\"} 1.0");
  }

  @Test
  void hasTheLeastOfAllLeavesAndNoLabelForAProxy() {
    var late = FakeInspection.dataplane("web-2", "5e2");
    inspection.dataplanes.add(late);
    inspection.at(FakeInspection.NOON.plus(Duration.ofHours(22)));

    assertThat(metrics.scrape(inspection))
        .contains("meshseal_leaf_remaining_ratio_min{backend=\"ca-1\",mesh=\"default\"} 0.0416")
        .contains("meshseal_proxies{mesh=\"default\",state=\"late\"} 2.0")
        .doesNotContain("web-2");
  }

  @Test
  void theDocumentationNamesEveryMetric() throws IOException {
    metrics.issued("default", "ca-1", "DUE", Duration.ZERO, Duration.ZERO);
    metrics.streamOpened("SDS", "SOTW");
    metrics.authFailed("EXPIRED");
    metrics.refusedName("UNKNOWN");
    metrics.streamEnded("LIMIT");
    var page = Files.readString(Path.of("..", "docs", "operating.md"));

    var names = new TreeSet<String>();
    Pattern.compile("^# TYPE (meshseal_\\w+)", Pattern.MULTILINE)
        .matcher(metrics.scrape(inspection))
        .results()
        .map(type -> type.group(1).replaceFirst("_max$", ""))
        .forEach(names::add);

    assertThat(names).hasSizeGreaterThan(20).allSatisfy(name -> assertThat(page).contains(name));
  }

  @Test
  void alertsUseOnlyMetricsThatExist() throws IOException {
    var rules = Files.readString(Path.of("..", "deploy", "prometheus", "alerts.yaml"));
    metrics.issued("default", "ca-1", "DUE", Duration.ZERO, Duration.ZERO);
    metrics.streamOpened("SDS", "SOTW");
    metrics.authFailed("EXPIRED");
    inspection.refused = List.of();
    var scraped = metrics.scrape(inspection);

    var used =
        Pattern.compile("meshseal_\\w+")
            .matcher(rules)
            .results()
            .map(found -> found.group())
            .collect(java.util.stream.Collectors.toCollection(TreeSet::new));

    assertThat(used).isNotEmpty().allSatisfy(name -> assertThat(scraped).contains(name));
    assertThat(Optional.of(rules)).isPresent();
  }
}
