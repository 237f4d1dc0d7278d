package dev.meshseal.kubernetes.pods;

import dev.meshseal.identity.Dataplane;
import java.util.Optional;
import java.util.function.Function;

/**
 * One pod that has connected, as it is known now. Hears of it in any order: what is older than what
 * is known changes nothing. Thread-safe, and holds its lock over no I/O.
 */
final class KeptPod {
  private final PodName name;
  private final Function<PodFacts, Dataplane> identity;
  private Optional<PodFacts> facts = Optional.empty();
  private Optional<String> goneUid = Optional.empty();
  private long goneVersion;
  private int connecting;
  private volatile Optional<Dataplane> dataplane = Optional.empty();

  /** What has become of a pod by what was heard. */
  enum News {
    NONE,
    /** It is another data plane than it was: its tags, its workload or its mesh. */
    CHANGED,
    /**
     * It is there no longer, or has ended, or is in another mesh: its credentials are worthless.
     */
    LOST
  }

  KeptPod(PodName name, Function<PodFacts, Dataplane> identity) {
    this.name = name;
    this.identity = identity;
  }

  PodName name() {
    return name;
  }

  /** Takes note of a state of this pod. */
  synchronized News heard(PodFacts now) {
    if (isOld(now)) {
      return News.NONE;
    }
    var before = facts;
    facts = Optional.of(now);
    var news = identify();
    return before.filter(known -> takesStreamsOf(known, now)).isPresent() ? News.LOST : news;
  }

  private static boolean takesStreamsOf(PodFacts before, PodFacts now) {
    return !before.uid().equals(now.uid()) || (before.ended().isEmpty() && now.ended().isPresent());
  }

  private boolean isOld(PodFacts now) {
    return now.version() < goneVersion
        || goneUid.filter(now.uid()::equals).isPresent()
        || facts.filter(known -> known.version() > now.version()).isPresent();
  }

  /** Takes note that the pod of this UID was deleted. */
  synchronized News gone(String uid, long version) {
    goneUid = Optional.of(uid);
    goneVersion = Math.max(goneVersion, version == Long.MAX_VALUE ? 0 : version);
    if (facts.filter(known -> !known.uid().equals(uid)).isPresent()) {
      return News.NONE;
    }
    facts = Optional.empty();
    dataplane = Optional.empty();
    return News.LOST;
  }

  /** A Service or the namespace has changed. */
  synchronized News identify() {
    var before = dataplane;
    dataplane = facts.map(identity);
    if (before.isEmpty() || before.equals(dataplane)) {
      return News.NONE;
    }
    return before.map(Dataplane::id).equals(dataplane.map(Dataplane::id))
        ? News.CHANGED
        : News.LOST;
  }

  /** Somebody connects, and reads the pod. */
  synchronized void enter() {
    connecting++;
  }

  synchronized void leave() {
    connecting--;
  }

  synchronized boolean isWorthKeeping() {
    return facts.isPresent() || connecting > 0;
  }

  synchronized Optional<PodFacts> facts() {
    return facts;
  }

  /** What is known of the pod, if it is the one of this UID. */
  synchronized Optional<PodFacts> facts(String uid) {
    return facts.filter(known -> known.uid().equals(uid));
  }

  /** Never waits. */
  Optional<Dataplane> dataplane() {
    return dataplane;
  }
}
