package dev.meshseal.testbed;

import dev.meshseal.kubernetes.Cluster;
import dev.meshseal.kubernetes.resources.ClusterCaKeys;
import dev.meshseal.x509.Fingerprint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Makes one authority at an API server beside others that make the same, and says which one is
 * kept. Arguments: the kubeconfig and the namespace. Each line of input is the name of a backend.
 */
public final class OneClusterCaMaker {
  private OneClusterCaMaker() {}

  public static void main(String[] arguments) throws IOException {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var created = KeyMaker.newCa("default");
    try (var cluster = Cluster.open(Optional.of(Path.of(arguments[0])), Optional.of(arguments[1]));
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      var store = new ClusterCaKeys(cluster);
      store.read("default", "none");
      out.println("ready");
      for (var backend = lines.readLine(); backend != null; backend = lines.readLine()) {
        var kept = store.createIfAbsent("default", backend, created);
        out.println(Fingerprint.of(kept.certificate()));
      }
    }
  }
}
