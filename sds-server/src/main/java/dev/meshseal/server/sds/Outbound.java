package dev.meshseal.server.sds;

/** The client's side of a stream. Called only from where the stream is confined to. */
interface Outbound {
  /** Whether the client keeps up. Where it does not, nothing is sent and nothing is read. */
  boolean isWritable();

  /** Lets the next message in, which becomes one {@link StreamEvent.Requested}. */
  void readNext();

  void send(SecretsResponse response);

  /** The last call. */
  void end(StreamEnd end);
}
