package dev.meshseal.mesh;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the log what changed between two readings of the resources, once each. */
public final class ResourceLog {
  private static final Logger LOG = LoggerFactory.getLogger(ResourceLog.class);

  private ResourceLog() {}

  public static void tell(Resources before, Resources.Next next) {
    for (var change : next.changes()) {
      switch (change) {
        case Change.MeshRemoved removed ->
            LOG.atWarn()
                .addKeyValue("mesh", removed.mesh())
                .log("mesh removed: nothing declares it any more");
        case Change.MeshChanged changed -> tell(next.resources(), changed.mesh());
        default -> LOG.atDebug().addKeyValue("change", change).log("resource changed");
      }
    }
    for (var refusal : next.resources().refusals()) {
      if (!before.refusals().contains(refusal)) {
        tell(refusal);
      }
    }
  }

  private static void tell(Resources now, Mesh mesh) {
    LOG.atInfo().addKeyValue("mesh", mesh.name()).log("mesh read");
    now.document(mesh.key())
        .ifPresent(
            document ->
                document
                    .notes()
                    .forEach(
                        note ->
                            LOG.atInfo()
                                .addKeyValue("mesh", mesh.name())
                                .addKeyValue("note", note)
                                .log("mesh has a note")));
  }

  private static void tell(Resources.Refusal refusal) {
    for (var violation : refusal.document().violations()) {
      LOG.atWarn()
          .addKeyValue("document", refusal.document().at())
          .addKeyValue("violation", violation)
          .addKeyValue("lastGoodStays", refusal.lastGoodStays())
          .log("document refused");
    }
  }
}
