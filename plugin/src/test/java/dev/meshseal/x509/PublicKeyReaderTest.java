package dev.meshseal.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import org.junit.jupiter.api.Test;

class PublicKeyReaderTest {
  private static final KeyPair RSA = pair(KeyType.RSA_2048);
  private static final KeyPair EC = pair(KeyType.EC_P256);

  @Test
  void readsWhatIsWritten() {
    assertThat(Pem.readPublicKey(bytes(Pem.publicKey(RSA.getPublic())))).isEqualTo(RSA.getPublic());
    assertThat(Pem.readPublicKey(bytes(Pem.publicKey(EC.getPublic()))).getEncoded())
        .isEqualTo(EC.getPublic().getEncoded());
  }

  @Test
  void readsThePublicHalfOfAnRsaPrivateKey() {
    var pem = Pem.privateKey(RSA.getPrivate());

    assertThat(Pem.readPublicKey(bytes(pem))).isEqualTo(RSA.getPublic());
  }

  @Test
  void refusesWhatIsNoPublicKey() {
    for (var pem :
        new String[] {
          "",
          "hello",
          Pem.privateKey(EC.getPrivate()),
          Pem.encode("PUBLIC KEY", new byte[] {1, 2, 3}),
          Pem.encode("CERTIFICATE", new byte[] {1}),
          Pem.publicKey(EC.getPublic()) + Pem.publicKey(RSA.getPublic())
        }) {
      assertThatThrownBy(() -> Pem.readPublicKey(bytes(pem)))
          .as(pem)
          .isInstanceOf(InvalidPemException.class);
    }
  }

  private static KeyPair pair(KeyType type) {
    return CryptoProvider.jdk().keyPairGenerator(type).generateKeyPair();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
