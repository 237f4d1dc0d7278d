package dev.meshseal.x509;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.Optional;

/**
 * Where keys and signatures come from: Amazon Corretto's native provider where its library loads,
 * the JDK's own providers otherwise. Never installed globally, so that no other code of the process
 * changes its provider. Immutable and thread-safe; what it returns is not.
 */
public final class CryptoProvider {
  private static final class Best {
    static final CryptoProvider PROVIDER = decide();
  }

  private final Optional<Provider> natively;
  private final String name;
  private final boolean refusesMismatchedEcKeys;

  private CryptoProvider(Optional<Provider> natively, String name) {
    this.natively = natively;
    this.name = name;
    this.refusesMismatchedEcKeys =
        natively.isPresent() && KeyPairCheck.isRefusedByParsing(this::keyFactory);
  }

  /** The fastest provider of this machine; decided once in a process. */
  public static CryptoProvider best() {
    return Best.PROVIDER;
  }

  /** The JDK's own. */
  public static CryptoProvider jdk() {
    return new CryptoProvider(Optional.empty(), jdkName());
  }

  /** Name and version for {@code version} and the log; says why where the native one is missing. */
  public String name() {
    return name;
  }

  public boolean isNative() {
    return natively.isPresent();
  }

  @SuppressWarnings("CatchAndPrintStackTrace") // nothing is printed; the reason goes into the name
  private static CryptoProvider decide() {
    try {
      var corretto = AmazonCorrettoCryptoProvider.INSTANCE;
      corretto.assertHealthy();
      return new CryptoProvider(
          Optional.of(corretto), corretto.getName() + " " + corretto.getVersionStr());
    } catch (RuntimeException | LinkageError notLoaded) {
      // A machine without the library for its processor, or a temporary folder mounted noexec.
      return new CryptoProvider(
          Optional.empty(),
          jdkName() + " (the native provider did not load: " + reason(notLoaded) + ")");
    }
  }

  private static String jdkName() {
    return "JDK " + Runtime.version().feature();
  }

  private static String reason(Throwable failure) {
    var deepest = failure;
    for (var cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      deepest = cause;
    }
    return String.valueOf(deepest.getMessage());
  }

  KeyPairGenerator keyPairGenerator(KeyType type) {
    try {
      return switch (type) {
        case KeyType.Ec ec -> {
          var generator = KeyPairGenerator.getInstance("EC", provider("EC"));
          generator.initialize(new ECGenParameterSpec(ec.curve().standardName()));
          yield generator;
        }
        case KeyType.Rsa rsa -> {
          var generator = KeyPairGenerator.getInstance("RSA", provider("RSA"));
          generator.initialize(new RSAKeyGenParameterSpec(rsa.bits(), RSAKeyGenParameterSpec.F4));
          yield generator;
        }
      };
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(name + " cannot generate keys of type " + type, impossible);
    }
  }

  Signature signature(SignatureAlgorithm algorithm) {
    try {
      return Signature.getInstance(algorithm.standardName(), provider(algorithm.keyAlgorithm()));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(name + " has no " + algorithm, impossible);
    }
  }

  KeyFactory keyFactory(String algorithm) {
    try {
      return KeyFactory.getInstance(algorithm, provider(algorithm));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(name + " has no keys of type " + algorithm, impossible);
    }
  }

  SecureRandom secureRandom() {
    return natively.map(CryptoProvider::nativeRandom).orElseGet(SecureRandom::new);
  }

  /** Whether this provider's EC key factory refuses a PKCS#8 whose public key is another's. */
  boolean refusesMismatchedEcKeys() {
    return refusesMismatchedEcKeys;
  }

  /** The provider of one kind of key, {@code EC} or {@code RSA}, and of its signatures. */
  public Provider provider(String keyAlgorithm) {
    return natively.orElseGet(() -> jdkProvider(keyAlgorithm));
  }

  private static Provider jdkProvider(String keyAlgorithm) {
    var provider = Security.getProvider(keyAlgorithm.equals("EC") ? "SunEC" : "SunRsaSign");
    if (provider == null) {
      throw new IllegalStateException("this JDK has no provider for " + keyAlgorithm + " keys");
    }
    return provider;
  }

  private static SecureRandom nativeRandom(Provider provider) {
    try {
      return SecureRandom.getInstance("LibCryptoRng", provider);
    } catch (GeneralSecurityException without) {
      return new SecureRandom();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
