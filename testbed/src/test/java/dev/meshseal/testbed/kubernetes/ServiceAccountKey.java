package dev.meshseal.testbed.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Base64;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/** The key with which an API server signs the tokens of service accounts. */
record ServiceAccountKey(PrivateKey key) {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  static ServiceAccountKey read(Path pem) {
    try (Reader reader = Files.newBufferedReader(pem);
        var parser = new PEMParser(reader)) {
      var pair = (PEMKeyPair) parser.readObject();
      return new ServiceAccountKey(new JcaPEMKeyConverter().getKeyPair(pair).getPrivate());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String sign(String claims) {
    var header = BASE64.encodeToString("{\"alg\":\"ES256\",\"typ\":\"JWT\"}".getBytes(UTF_8));
    var signed = header + "." + BASE64.encodeToString(claims.getBytes(UTF_8));
    try {
      var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(key);
      signature.update(signed.getBytes(UTF_8));
      return signed + "." + BASE64.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the key cannot sign ES256", e);
    }
  }

  @Override
  public String toString() {
    return "the API server's signing key";
  }
}
