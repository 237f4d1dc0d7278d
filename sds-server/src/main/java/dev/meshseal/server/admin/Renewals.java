package dev.meshseal.server.admin;

import java.util.Optional;

/** Issues anew because the operator asks for it. */
public interface Renewals {
  /**
   * Starts to issue new certificates for one proxy, or for every proxy of a mesh; does not wait.
   * What is held stays in use until the new one has come.
   *
   * @return how many certificates are renewed; 0 if there is no such mesh, or no such proxy is
   *     connected
   */
  int renew(String mesh, Optional<String> dataplane);
}
