/*
 * What OpenSSL allows for a leaf on one core: a fresh P-256 key and one ECDSA signature over a
 * digest of 32 bytes with a key that is there already, and each of the two alone. Operations a
 * second of CPU.
 *
 * Usage: p256 SECONDS      Build: cc -O2 p256.c -lcrypto
 */
#include <openssl/evp.h>
#include <openssl/ec.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void check(int ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "p256: %s failed\n", what);
    exit(1);
  }
}

static void make_key(void) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  check(key != NULL, "key generation");
  EVP_PKEY_free(key);
}

static void sign(EVP_PKEY_CTX *context) {
  static const unsigned char digest[32] = {1, 2, 3};
  unsigned char signature[128];
  size_t length = sizeof signature;
  check(EVP_PKEY_sign(context, signature, &length, digest, sizeof digest) > 0, "signing");
}

static double measure(double seconds, EVP_PKEY_CTX *context, int keys, int signatures) {
  double start = cpu(), now = start;
  long done = 0;
  while (now - start < seconds) {
    for (int i = 0; i < 100; i++, done++) {
      if (keys) make_key();
      if (signatures) sign(context);
    }
    now = cpu();
  }
  return done / (now - start);
}

int main(int count, char **arguments) {
  double seconds = count > 1 ? atof(arguments[1]) : 1;
  EVP_PKEY *authority = EVP_EC_gen("P-256");
  check(authority != NULL, "key generation");
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(authority, NULL);
  check(context != NULL && EVP_PKEY_sign_init(context) > 0, "preparing to sign");
  printf("both %.1f\n", measure(seconds, context, 1, 1));
  printf("keygen %.1f\n", measure(seconds / 2, context, 1, 0));
  printf("sign %.1f\n", measure(seconds / 2, context, 0, 1));
  return 0;
}
