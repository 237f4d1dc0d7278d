package dev.meshseal.benchmarks;

import dev.meshseal.benchmarks.leaf.LeafLoop;
import java.util.ArrayList;
import java.util.List;

/** Whole leaves a CPU-second beside OpenSSL's and Go's, in turns. */
final class LeafScenario implements Scenario {
  private static final double SECONDS = 2;
  private static final int WARM_UP = 3;
  private static final int FEWEST_ROUNDS = 5;
  // Kuma's builtin authority, RSA-2048 leaves: measured once on another day, not part of this run.
  private static final double KUMA = 15;

  @Override
  public String name() {
    return "leaf";
  }

  @Override
  public void run(Context context, Results results) {
    var openssl = new ArrayList<Double>();
    var go = new ArrayList<Double>();
    var natively = new ArrayList<Double>();
    var plainly = new ArrayList<Double>();
    try (var loop =
        Child.java(
            context.work().resolve("leaf.log"),
            List.of("-XX:+UseG1GC", "-XX:+UseCompactObjectHeaders"),
            LeafLoop.class,
            List.of())) {
      results.keep("leaf provider", loop.readLine());
      for (int i = 0; i < WARM_UP; i++) {
        rate(loop.ask("native " + SECONDS));
        rate(loop.ask("jdk " + SECONDS));
      }
      for (int i = 0; i < Math.max(FEWEST_ROUNDS, context.rounds()); i++) {
        openssl.add(openssl(context, results));
        natively.add(rate(loop.ask("native " + SECONDS)));
        go.add(rate(Child.output(List.of(context.tools().resolve("leaf").toString(), "2"))));
        plainly.add(rate(loop.ask("jdk " + SECONDS)));
      }
    }
    natively.forEach(rate -> results.keep("leaf native per CPU-s", rate));
    plainly.forEach(rate -> results.keep("leaf JDK per CPU-s", rate));
    go.forEach(rate -> results.keep("leaf Go per CPU-s", rate));
    judge(results, Median.of(natively), Median.of(openssl), Median.of(go));
  }

  private double openssl(Context context, Results results) {
    double limit = 0;
    for (var line :
        Child.output(List.of(context.tools().resolve("p256").toString(), "2")).lines().toList()) {
      results.keep("OpenSSL " + line.substring(0, line.indexOf(' ')) + " per CPU-s", rate(line));
      limit = line.startsWith("both") ? rate(line) : limit;
    }
    return limit;
  }

  private static void judge(Results results, double natively, double openssl, double go) {
    results.judge(
        Verdict.atLeast(
            "leaf",
            "whole leaf ÷ OpenSSL's P-256 key generation and signing together, ≥ 1.0",
            natively / openssl,
            " ×",
            1,
            perCpuSecond(natively, openssl)));
    results.judge(
        Verdict.atLeast(
            "leaf",
            "whole leaf ÷ Go's crypto/x509, ≥ 3",
            natively / go,
            " ×",
            3,
            perCpuSecond(natively, go)));
    results.judge(
        Verdict.atLeast(
            "leaf",
            "whole leaf ÷ Kuma's builtin, ≥ 1,000",
            natively / KUMA,
            " ×",
            1000,
            perCpuSecond(natively, KUMA) + ", Kuma's measured on another day"));
  }

  private static String perCpuSecond(double ours, double theirs) {
    return "%s to %s a CPU-s".formatted(Verdict.number(ours), Verdict.number(theirs));
  }

  private static double rate(String line) {
    return Double.parseDouble(line.strip().substring(line.strip().lastIndexOf(' ') + 1));
  }
}
