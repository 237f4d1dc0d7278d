package dev.meshseal.server.admin;

import java.util.Optional;

/** Is there a mesh in force, with mTLS on? */
final class MeshStep {
  private static final String NAME = "mesh";
  private static final String NOT_OPENED = "not-opened";

  private MeshStep() {}

  static Step look(Facts facts) {
    if (facts.mesh().isEmpty()) {
      return Step.cross(
          NAME,
          Fault.MS201.found(
              "there is no mesh '%s'".formatted(facts.id().mesh()),
              "add a Mesh of that name to the folder that the server watches; 'meshseal get meshes'"
                  + " lists those it has"));
    }
    var mesh = facts.mesh().orElseThrow();
    return mesh.problem().map(problem -> troubled(mesh, problem)).orElseGet(() -> inForce(mesh));
  }

  private static Step inForce(MeshView mesh) {
    return mesh.enabledBackend()
        .map(
            backend ->
                Step.tick(
                    NAME,
                    "mesh '%s' is in force: backend '%s', %s, trust domain '%s'"
                        .formatted(
                            mesh.name(),
                            backend,
                            mesh.mode().orElse("mode not known"),
                            mesh.trustDomain())))
        .orElseGet(
            () ->
                Step.cross(
                    NAME,
                    Fault.MS202.found(
                        "mTLS of mesh '%s' is off: it names no enabledBackend"
                            .formatted(mesh.name()),
                        "set mtls.enabledBackend to one of its backends")));
  }

  private static Step troubled(MeshView mesh, ProblemView problem) {
    var says = problem.message();
    if (mesh.appliedAt().isPresent() && mesh.enabledBackend().isPresent()) {
      return Step.warning(
          NAME, finding(Fault.MS204, mesh, says, mesh.appliedAt().map(Object::toString)));
    }
    // The document is good, what it refers to is not.
    var fault = problem.code().equals(NOT_OPENED) ? Fault.MS301 : Fault.MS203;
    return Step.cross(NAME, finding(fault, mesh, says, Optional.empty()));
  }

  private static Finding finding(
      Fault fault, MeshView mesh, String problem, Optional<String> inForceSince) {
    return fault.found(
        "the newest Mesh '%s' is not in force%s: %s"
            .formatted(
                mesh.name(),
                inForceSince.map(since -> ", the one of %s is".formatted(since)).orElse(""),
                problem),
        "correct the document; 'meshseal validate -f FILE' checks it before it is in place");
  }
}
