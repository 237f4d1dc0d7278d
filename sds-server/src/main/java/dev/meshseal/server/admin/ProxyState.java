package dev.meshseal.server.admin;

import java.util.Locale;

/** How a proxy does, worst first. */
public enum ProxyState {
  /** The leaf it holds has ended. */
  EXPIRED,
  /** It refused the last secret it was sent. */
  NACKED,
  /** It was sent a secret and has not acknowledged it for too long. */
  STUCK,
  /** It asks for a certificate, and none has been issued. */
  WAITING,
  /** Its leaf should have been renewed by now. */
  LATE,
  /** It holds what was issued for it, or asks for no certificate. */
  OK,
  /** It is not connected; its certificate is kept. */
  AWAY;

  /** As metrics and tables say it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
