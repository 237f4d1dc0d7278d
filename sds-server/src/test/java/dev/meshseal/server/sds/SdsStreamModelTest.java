package dev.meshseal.server.sds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.meshseal.server.auth.DataplaneAuthenticator;
import dev.meshseal.server.sds.FakeEnvoy.Seen;
import dev.meshseal.server.sds.SecretsRequest.Names;
import dev.meshseal.server.sds.SecretsRequest.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Ten thousand clients that do whatever comes to their mind, well-behaved or not, against a model
 * of what a stream may send and must have sent.
 */
final class SdsStreamModelTest {
  private static final int CLIENTS_A_WAY = 2_500;
  private static final int STEPS = 40;

  static final List<SdsStreamTest.Way> WAYS = SdsStreamTest.WAYS;

  @ParameterizedTest
  @FieldSource("WAYS")
  void staysConsistentWhateverAClientDoes(SdsStreamTest.Way way) {
    var sent = 0;

    for (var seed = 0; seed < CLIENTS_A_WAY; seed++) {
      var client = new Client(way, seed);
      for (var step = 0; step < STEPS; step++) {
        client.step();
      }
      client.settle();
      sent += client.received;
    }

    // A test of silence would pass, too.
    assertThat(sent).isGreaterThan(6 * CLIENTS_A_WAY);
  }

  /** What the model knows of one name that the server knows to be wanted. */
  private static final class Wanted {
    private Optional<String> lastVersion = Optional.empty();
    private boolean lastWasRemoval;
    private boolean asked = true;
    private String lastNonce = "";
    private Optional<String> verdict = Optional.empty();
    private Optional<String> acked = Optional.empty();
  }

  private static final class Client {
    private static final List<String> NAMES =
        List.of(
            "identity_cert:secret:default",
            "default",
            "mesh_ca:secret:default",
            "ROOTCA",
            "mesh_ca:secret:other",
            "nobody",
            "identity_cert:secret:other");

    private final SdsStreamTest.Way way;
    private final Random random;
    private final ManualTime time = new ManualTime();
    private final FakeSecrets secrets = FakeSecrets.ready();
    private final FakeEnvoy envoy;
    private final Map<String, Wanted> wanted = new TreeMap<>();
    private final Map<String, Optional<String>> world = new HashMap<>();
    private final Set<String> refused =
        new HashSet<>(Set.of("nobody", "identity_cert:secret:other"));
    private final List<Seen> seen = new ArrayList<>();
    private final List<String> trace = new ArrayList<>();
    private String latestNonce = "";
    private boolean writable = true;
    private boolean first = true;
    private int delivered;
    private int received;
    private int version = 1;

    Client(SdsStreamTest.Way way, int seed) {
      this.way = way;
      this.random = new Random(seed);
      var streams =
          new SdsStreams(
              "model",
              secrets,
              new DataplaneAuthenticator(id -> Optional.empty()),
              time,
              time,
              SdsLimits.Streams.DEFAULT,
              SdsObserver.NONE);
      this.envoy = new FakeEnvoy(streams, way.service(), way.variant()).authenticated();
      trace.add("seed " + seed);
      identity(1);
      trust("default", 1);
      trust("other", 2);
    }

    void step() {
      switch (random.nextInt(14)) {
        case 0, 1 -> subscribe();
        case 2 -> unsubscribe();
        case 3, 4 -> acknowledge();
        case 5 -> refuse();
        case 6 -> stale();
        case 7, 8 -> changeTheWorld();
        case 9 -> wake();
        case 10 -> stopReading();
        default -> read();
      }
    }

    // What a client may do

    private void subscribe() {
      var more = some();
      request("subscribe", more, Set.of(), latestNonce, Optional.empty());
    }

    private void unsubscribe() {
      request("unsubscribe", Set.of(), some(), latestNonce, Optional.empty());
    }

    private void acknowledge() {
      any(seen).ifPresent(one -> request("ack", Set.of(), Set.of(), one.nonce(), Optional.empty()));
    }

    private void refuse() {
      any(seen)
          .ifPresent(
              one ->
                  request(
                      "nack",
                      random.nextBoolean() ? Set.of() : some(),
                      Set.of(),
                      one.nonce(),
                      Optional.of("no")));
    }

    private void stale() {
      request("stale", some(), Set.of(), "77777", Optional.empty());
    }

    private Set<String> some() {
      var names = new LinkedHashSet<String>();
      for (var i = random.nextInt(3); i >= 0; i--) {
        names.add(NAMES.get(random.nextInt(NAMES.size())));
      }
      return names;
    }

    private <T> Optional<T> any(List<T> list) {
      return list.isEmpty() ? Optional.empty() : Optional.of(list.get(random.nextInt(list.size())));
    }

    private void request(
        String what, Set<String> more, Set<String> less, String nonce, Optional<String> refusal) {
      if (envoy.reads() == delivered) {
        return; // Held up by flow control: the stream has not asked for it.
      }
      delivered++;
      trace.add("%s +%s -%s nonce=%s".formatted(what, more, less, nonce));
      var settles = wantedOf(nonce);
      var ignored = !way.isDelta() && !first && isStale(nonce);
      if (!ignored) {
        settles.ifPresent(
            name -> wanted.computeIfPresent(name, (key, one) -> verdict(one, refusal)));
      }
      var list = new LinkedHashSet<>(wanted.keySet());
      list.removeAll(less);
      list.addAll(more);
      if (!ignored) {
        apply(more, less, refusal.flatMap(reason -> settles));
      }
      envoy.request(
          first ? Optional.of(new Node("default.web-1", "")) : Optional.empty(),
          EnvoySecrets.TYPE_URL,
          nonce,
          refusal,
          way.isDelta()
              ? new Names.Change(List.copyOf(more), List.copyOf(less))
              : new Names.Whole(List.copyOf(list)));
      first = false;
      receive();
    }

    private Optional<String> wantedOf(String nonce) {
      return wanted.entrySet().stream()
          .filter(entry -> !nonce.isEmpty() && entry.getValue().lastNonce.equals(nonce))
          .map(Map.Entry::getKey)
          .findFirst();
    }

    private boolean isStale(String nonce) {
      // Whoever has had no response cannot be behind one, and may say what it likes.
      return !nonce.isEmpty() && !nonce.equals(latestNonce) && wantedOf(nonce).isEmpty();
    }

    private static Wanted verdict(Wanted name, Optional<String> refusal) {
      if (name.verdict.isEmpty() && !name.lastWasRemoval) {
        name.verdict = Optional.of(refusal.isPresent() ? "nack" : "ack");
        if (refusal.isEmpty()) {
          name.acked = name.lastVersion;
        }
      }
      return name;
    }

    private void apply(Set<String> more, Set<String> less, Optional<String> refusedNow) {
      less.forEach(wanted::remove);
      for (var name : more) {
        var known = wanted.putIfAbsent(name, new Wanted());
        if (known != null && way.isDelta() && !refusedNow.equals(Optional.of(name))) {
          known.asked = true;
        }
      }
    }

    // What the world may do

    private void changeTheWorld() {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> identity(++version);
        case 3, 4 -> trust("default", 1 + random.nextInt(63));
        case 5 -> trust("other", 1 + random.nextInt(63));
        case 6 -> {
          secrets.identityPending();
          learnIdentity(Optional.empty(), false);
        }
        default -> {
          secrets.identityRefused("no");
          learnIdentity(Optional.empty(), true);
        }
      }
    }

    private void identity(int serial) {
      secrets.identity(serial);
      learnIdentity(Optional.of("i" + serial), false);
    }

    private void learnIdentity(Optional<String> now, boolean isRefused) {
      trace.add("identity " + now + (isRefused ? " refused" : ""));
      world.put("identity_cert:secret:default", now.map(text -> text + "K"));
      world.put("default", now.map(text -> text + "S"));
      for (var name : List.of("identity_cert:secret:default", "default")) {
        if (isRefused) {
          refused.add(name);
        } else {
          refused.remove(name);
        }
      }
    }

    private void trust(String mesh, int number) {
      var bundle = TestRoots.first(number);
      trace.add("trust %s %d".formatted(mesh, number));
      secrets.trust(mesh, bundle);
      var now = Optional.of("t" + Integer.toHexString(bundle.pem().hashCode()));
      world.put("mesh_ca:secret:" + mesh, now);
      if (mesh.equals("default")) {
        world.put("ROOTCA", now);
      }
    }

    private void wake() {
      trace.add("wake");
      secrets.wakeAll();
      receive();
    }

    private void stopReading() {
      trace.add("stop reading");
      envoy.stopReading();
      writable = false;
    }

    private void read() {
      var room = Math.max(0, random.nextInt(5) - 2);
      trace.add("read " + room);
      writable = true;
      if (room == 0) {
        envoy.readAgain();
      } else {
        envoy.readOnly(room);
      }
      receive();
    }

    // What must hold

    private void receive() {
      var came = envoy.take();
      check(writable || came.isEmpty(), "sent to a client that does not read: " + came);
      var kind = SecretKind.TRUST;
      for (var one : came) {
        trace.add("  got %s %s nonce=%s".formatted(one.name(), one.version(), one.nonce()));
        var now = ResourceName.parse(one.name()).kind();
        check(now.compareTo(kind) >= 0, "sent %s after %s".formatted(now, kind));
        kind = now;
        receive(one);
      }
      writable = envoy.isWritable();
      check(envoy.end().isEmpty(), "ended: " + envoy.end());
      check(envoy.reads() - delivered <= 1, "read more than one request ahead");
    }

    private void receive(Seen one) {
      received++;
      seen.add(one);
      latestNonce = one.nonce();
      var name = wanted.get(one.name());
      if (name == null) {
        throw failed("sent a name that was not asked for: " + one.name());
      }
      if (one.isRemoval()) {
        check(way.isDelta(), "a removal in state of the world");
        check(refused.contains(one.name()), "removed what is not refused: " + one.name());
        check(name.asked || !name.lastWasRemoval, "removed twice: " + one.name());
        name.lastVersion = Optional.empty();
      } else {
        check(
            world.getOrDefault(one.name(), Optional.empty()).equals(Optional.of(one.version())),
            "sent what is not current: " + one);
        check(
            name.asked || !name.lastVersion.equals(Optional.of(one.version())),
            "sent the same bytes unasked: " + one.name() + " " + one.version());
        name.lastVersion = Optional.of(one.version());
      }
      name.lastWasRemoval = one.isRemoval();
      name.asked = false;
      name.lastNonce = one.nonce();
      name.verdict = Optional.empty();
    }

    /** When the client reads and nothing happens, it has the current version of all it wants. */
    void settle() {
      trace.add("settle");
      writable = true;
      envoy.readAgain();
      receive();
      wanted.forEach(
          (name, state) ->
              world
                  .getOrDefault(name, Optional.empty())
                  .ifPresent(
                      current ->
                          check(
                              state.lastVersion.equals(Optional.of(current)),
                              "%s should be %s, is %s"
                                  .formatted(name, current, state.lastVersion))));
      secrets.wakeAll();
      check(envoy.take().isEmpty(), "a bell that rang for nothing was answered");
      checkStatus();
    }

    private void checkStatus() {
      var statuses = envoy.status().secrets();
      check(
          statuses.stream()
              .map(SecretStatus::name)
              .sorted()
              .toList()
              .equals(List.copyOf(wanted.keySet())),
          "subscribed to other names: " + statuses);
      for (var status : statuses) {
        var model = wanted.get(status.name());
        if (model != null) {
          check(
              status.sent().map(SecretStatus.Delivered::version).equals(model.lastVersion),
              "says it sent another version: " + status);
          check(
              status.acked().map(SecretStatus.Delivered::version).equals(model.acked),
              "says another version was accepted: " + status + " " + model.acked);
        }
      }
    }

    private void check(boolean holds, String what) {
      if (!holds) {
        throw failed(what);
      }
    }

    private AssertionError failed(String what) {
      return new AssertionError(what + "\n" + String.join("\n", trace));
    }
  }
}
