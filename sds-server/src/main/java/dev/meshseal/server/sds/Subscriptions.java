package dev.meshseal.server.sds;

import java.util.Collection;
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

  /** How many names there would be after a change. */
  static int count(Collection<String> names) {
    return names.size() < 2 ? names.size() : new LinkedHashSet<>(names).size();
  }

  /** From now on these names and no others; those that were there keep what is known of them. */
  void replace(List<String> names) {
    if (isCurrent(names)) {
      return;
    }
    var known = byName();
    keep(
        names.stream()
            .distinct()
            .map(
                name -> {
                  var same = known.get(name);
                  return same == null ? new Subscription(ResourceName.parse(name)) : same;
                }));
  }

  /** How many names there were after {@link #change}. */
  int countAfter(List<String> more, List<String> less) {
    var names = new LinkedHashSet<String>();
    current.forEach(subscription -> names.add(subscription.name().text()));
    less.forEach(names::remove);
    names.addAll(more);
    return names.size();
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
    var names = byName();
    less.forEach(names::remove);
    for (var name : more) {
      var same = names.get(name);
      if (same == null) {
        names.put(name, new Subscription(ResourceName.parse(name)));
      } else if (!refused.equals(Optional.of(same))) {
        same.askedAgain();
      }
    }
    keep(names.values().stream());
  }

  private boolean isCurrent(List<String> names) {
    var list = current;
    if (list.size() != names.size()) {
      return false;
    }
    for (var i = 0; i < list.size(); i++) {
      if (!list.get(i).isNamed(names.get(i))) {
        return false;
      }
    }
    return true;
  }

  private Map<String, Subscription> byName() {
    var names = new HashMap<String, Subscription>();
    current.forEach(subscription -> names.put(subscription.name().text(), subscription));
    return names;
  }

  private void keep(Stream<Subscription> subscriptions) {
    current = List.copyOf(subscriptions.sorted(TRUST_FIRST).toList());
  }
}
