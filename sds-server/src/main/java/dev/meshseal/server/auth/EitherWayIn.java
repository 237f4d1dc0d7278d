package dev.meshseal.server.auth;

import com.nimbusds.jose.JWSObject;
import io.grpc.Attributes;
import io.grpc.Metadata;
import java.text.ParseException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Data plane tokens and tokens of service accounts on one listener. What a token says of itself,
 * unproved, decides which of the two judges it; that one's verdict is the verdict, and the other is
 * never asked.
 */
public final class EitherWayIn implements WayIn {
  /** The claim that every bound token of Kubernetes has (KEP-1205), and none of Kuma's. */
  private static final String KUBERNETES = "kubernetes.io";

  private static final String EXPECTED = "a data plane token, or " + ServiceAccountWayIn.EXPECTED;

  private final WayIn dataplaneTokens;
  private final WayIn serviceAccounts;

  public EitherWayIn(TokenWayIn dataplaneTokens, ServiceAccountWayIn serviceAccounts) {
    this.dataplaneTokens = dataplaneTokens;
    this.serviceAccounts = serviceAccounts;
  }

  @Override
  public CompletionStage<Credential> authenticate(Metadata headers, Attributes transport) {
    try {
      var token = AuthorizationHeader.token(headers, EXPECTED);
      var judge = isOfKubernetes(token) ? serviceAccounts : dataplaneTokens;
      return judge.authenticate(headers, transport);
    } catch (NotAuthenticatedException refused) {
      return CompletableFuture.failedStage(refused);
    }
  }

  // Whatever cannot be read is a matter of data plane tokens, which say why.
  private static boolean isOfKubernetes(String token) {
    if (token.length() > DataplaneTokens.LONGEST) {
      return false;
    }
    try {
      var claims = JWSObject.parse(token).getPayload().toJSONObject();
      return claims != null && claims.containsKey(KUBERNETES);
    } catch (ParseException | IllegalArgumentException unreadable) {
      return false;
    }
  }

  @Override
  public Optional<NotAuthenticatedException> withdrawn(Credential credential) {
    return (credential.holder().isPresent() ? serviceAccounts : dataplaneTokens)
        .withdrawn(credential);
  }

  @Override
  public void onChange(Runnable bell) {
    dataplaneTokens.onChange(bell);
    serviceAccounts.onChange(bell);
  }
}
