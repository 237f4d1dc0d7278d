package dev.meshseal.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.kubernetes.ApiFailure.Kind;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ApiFailureTest {
  private static final ApiCall CREATE =
      ApiCall.of("create", "cert-manager.io", "certificaterequests").in("mesh-ns");

  @Test
  void namesTheRightThatIsMissingAndTheRoleThatGivesIt() {
    var failure =
        of(
            403,
            "certificaterequests.cert-manager.io is forbidden: User"
                + " \"system:serviceaccount:mesh-ns:meshseal\" cannot create resource"
                + " \"certificaterequests\" in API group \"cert-manager.io\" in the namespace"
                + " \"mesh-ns\"");

    assertThat(failure.kind()).isEqualTo(Kind.FORBIDDEN);
    assertThat(failure.message())
        .isEqualTo(
            "the API server refused to create certificaterequests.cert-manager.io in namespace"
                + " 'mesh-ns': 'system:serviceaccount:mesh-ns:meshseal' lacks the right; grant verb"
                + " 'create' on 'certificaterequests' of API group 'cert-manager.io' by a Role in"
                + " namespace 'mesh-ns'");
  }

  @Test
  void namesTheRightOfAWatchThoughTheAnswerDoesNot() {
    var failure =
        ApiFailure.of(
            ApiCall.of("watch", "cert-manager.io", "issuers").in("mesh-ns"),
            exception(403, "Forbidden"));

    assertThat(failure.kind()).isEqualTo(Kind.FORBIDDEN);
    assertThat(failure.message())
        .endsWith(
            "our account lacks the right; grant verb 'watch' on 'issuers' of API group"
                + " 'cert-manager.io' by a Role in namespace 'mesh-ns'");
  }

  @Test
  void namesTheVerbThatIsMissingNotTheOneThatNeededIt() {
    var failure =
        ApiFailure.of(
            ApiCall.of("watch", "", "secrets").in("mesh-ns"),
            exception(403, "secrets is forbidden: User \"sa\" cannot list resource \"secrets\""));

    assertThat(failure.message()).contains("grant verb 'list' on 'secrets' of API group ''");
  }

  @Test
  void namesAClusterRoleWhereTheResourceHasNoNamespace() {
    var failure =
        ApiFailure.of(
            ApiCall.of("get", "cert-manager.io", "clusterissuers").named("ca"),
            exception(403, "x is forbidden: User \"sa\" cannot get resource \"clusterissuers\""));

    assertThat(failure.message()).endsWith("API group 'cert-manager.io' by a ClusterRole");
  }

  @Test
  void tellsAnAdmissionsRefusalFromAMissingRight() {
    var failure = of(403, "admission webhook \"webhook.cert-manager.io\" denied the request: no");

    assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
    assertThat(failure.message()).endsWith("denied the request: no");
  }

  @Test
  void tellsAMissingCrdFromAMissingObjectAndAMissingNamespace() {
    assertThat(of(404, "404 page not found").kind()).isEqualTo(Kind.NO_SUCH_RESOURCE);
    assertThat(of(404, "404 page not found").message())
        .endsWith("it has no resource certificaterequests.cert-manager.io; install the CRD");
    assertThat(
            ApiFailure.of(
                    ApiCall.of("get", "cert-manager.io", "issuers").in("mesh-ns").named("ca"),
                    notFound("issuers", "ca"))
                .message())
        .isEqualTo(
            "the API server could not get issuers.cert-manager.io 'ca' in namespace 'mesh-ns':"
                + " there is none");
    assertThat(ApiFailure.of(CREATE, notFound("namespaces", "mesh-ns")).message())
        .endsWith("there is no such namespace; create it");
  }

  @Test
  void tellsWhatExistsFromWhatWasChangedMeanwhile() {
    var exists =
        new StatusBuilder().withCode(409).withReason("AlreadyExists").withMessage("there").build();

    assertThat(ApiFailure.of(CREATE, new KubernetesClientException(exists)).kind())
        .isEqualTo(Kind.ALREADY_EXISTS);
    assertThat(of(409, "the object has been modified").kind()).isEqualTo(Kind.CONFLICT);
  }

  @Test
  void handsOnHowLongTheApiServerWantsToBeLeftAlone() {
    var status =
        new StatusBuilder()
            .withCode(429)
            .withMessage("too many requests")
            .withNewDetails()
            .withRetryAfterSeconds(7)
            .endDetails()
            .build();

    var failure = ApiFailure.of(CREATE, new KubernetesClientException(status));

    assertThat(failure.kind()).isEqualTo(Kind.THROTTLED);
    assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
    assertThat(of(429, "later").retryAfter()).isEmpty();
  }

  @Test
  void saysWhyThereWasNoAnswer() {
    assertThat(unanswered(new ConnectException("Connection refused")).message())
        .isEqualTo(
            "the API server did not answer to create certificaterequests.cert-manager.io in"
                + " namespace 'mesh-ns': nobody listens at its address, or the network is down");
    assertThat(unanswered(new HttpTimeoutException("request timed out")).message())
        .endsWith("no answer within 10 s");
    assertThat(unanswered(new java.io.IOException("odd")).message()).endsWith(": odd");
  }

  @Test
  void knowsWhatPassesByItself() {
    assertThat(of(500, "etcdserver: leader changed").kind().passes()).isTrue();
    assertThat(of(503, "shutting down").kind().passes()).isTrue();
    assertThat(of(410, "too old resource version").kind()).isEqualTo(Kind.EXPIRED);
    assertThat(of(401, "Unauthorized").kind()).isEqualTo(Kind.UNAUTHENTICATED);
    assertThat(of(401, "Unauthorized").kind().passes()).isFalse();
    assertThat(of(422, "spec.usages: Unsupported value").kind()).isEqualTo(Kind.INVALID);
  }

  @Test
  void keepsTheWordsOnOneShortLine() {
    var message = of(500, "bad\n\033[31m" + "x".repeat(5_000)).message();

    assertThat(message).matches("[ -~]+").hasSizeLessThan(800);
  }

  private static ApiFailure unanswered(Exception cause) {
    return ApiFailure.of(
        CREATE, new KubernetesClientException("Operation: [create] failed", cause));
  }

  private static ApiFailure of(int code, String message) {
    return ApiFailure.of(CREATE, exception(code, message));
  }

  private static KubernetesClientException exception(int code, String message) {
    return new KubernetesClientException(
        new StatusBuilder().withCode(code).withMessage(message).build());
  }

  private static KubernetesClientException notFound(String kind, String name) {
    return new KubernetesClientException(
        new StatusBuilder()
            .withCode(404)
            .withReason("NotFound")
            .withMessage("not found")
            .withNewDetails()
            .withKind(kind)
            .withName(name)
            .endDetails()
            .build());
  }
}
