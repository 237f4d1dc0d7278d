package dev.meshseal.server.sds;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The names of one stream, trust before identity: roots must be there before a certificate that
 * needs them. Changed only by its stream; read from any thread.
 */
final class Subscriptions {
  private static final Comparator<Subscription> TRUST_FIRST =
      Comparator.comparing(subscription -> subscription.name().kind());

  // Replaced whole, so that a reader always sees one list.
  private volatile List<Subscription> current = List.of();
  private final Shared<ResourceName> names;

  Subscriptions(Shared<ResourceName> names) {
    this.names = names;
  }

  List<Subscription> current() {
    return current;
  }

  /** The name whose last response had this nonce. */
  Optional<Subscription> awaiting(int nonce) {
    for (var subscription : current) {
      if (subscription.awaits(nonce)) {
        return Optional.of(subscription);
      }
    }
    return Optional.empty();
  }

  /** From now on these names and no others; those that were there keep what is known of them. */
  void replace(List<String> wanted) {
    if (isCurrent(wanted)) {
      return;
    }
    var known = byName();
    keep(
        wanted.stream()
            .distinct()
            .map(
                name -> {
                  var same = known.get(name);
                  return same == null ? new Subscription(names.of(name)) : same;
                }));
  }

  /** How many names there were after {@link #change}. */
  int countAfter(List<String> more, List<String> less) {
    var after = new LinkedHashSet<String>();
    current.forEach(subscription -> after.add(subscription.name().text()));
    less.forEach(after::remove);
    after.addAll(more);
    return after.size();
  }

  /**
   * Some names less, some more. Whoever asks for a name that it has is sent it again, as it may
   * have a new use for it (xDS protocol, "Subscribing to Resources").
   *
   * @param refused the name that the same request refuses: asked for in the same breath, it would
   *     be sent and refused without end
   */
  void change(List<String> more, List<String> less, Optional<Subscription> refused) {
    if (more.isEmpty() && less.isEmpty()) {
      return;
    }
    var known = byName();
    less.forEach(known::remove);
    for (var name : more) {
      var same = known.get(name);
      if (same == null) {
        known.put(name, new Subscription(names.of(name)));
      } else if (!refused.equals(Optional.of(same))) {
        same.askedAgain();
      }
    }
    keep(known.values().stream());
  }

  private boolean isCurrent(List<String> wanted) {
    var list = current;
    if (list.size() != wanted.size()) {
      return false;
    }
    for (var i = 0; i < list.size(); i++) {
      if (!list.get(i).isNamed(wanted.get(i))) {
        return false;
      }
    }
    return true;
  }

  private Map<String, Subscription> byName() {
    var known = new HashMap<String, Subscription>();
    current.forEach(subscription -> known.put(subscription.name().text(), subscription));
    return known;
  }

  private void keep(Stream<Subscription> subscriptions) {
    current = List.copyOf(subscriptions.sorted(TRUST_FIRST).toList());
  }
}
