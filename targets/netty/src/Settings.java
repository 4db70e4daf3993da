import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;

/** What VARIANT asks for, and what server and client have in common. */
final class Settings {
  private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "plain");

  /** Whether permessage-deflate is on; without its handler in the pipeline it is not. */
  static final boolean DEFLATE = !VARIANT.equals("defaults") && !VARIANT.equals("no-deflate");

  /**
   * Whether closing is as the protocol wants it. The library's handlers alone send a second close
   * frame, with 1000, after that for a violation; and a client's drops TCP where it ought to answer.
   */
  static final boolean CLOSE_BY_PROTOCOL = !VARIANT.equals("defaults");

  /** What is sent before a connection is dropped. */
  static final WebSocketCloseStatus LAST_WORD =
      CLOSE_BY_PROTOCOL ? null : WebSocketCloseStatus.NORMAL_CLOSURE;

  /** Longest frame, and longest message. */
  static final int MAX_OCTETS = VARIANT.equals("defaults") ? 65_536 : 256 << 20;
}
