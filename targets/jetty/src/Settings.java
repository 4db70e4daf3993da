import java.time.Duration;
import org.eclipse.jetty.websocket.api.Configurable;

/** What VARIANT asks for. */
final class Settings {
  private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "plain");

  static final boolean DEFAULTS = VARIANT.equals("defaults");
  static final boolean HTTP2 = VARIANT.equals("h2") || VARIANT.equals("h2c");
  static final boolean DEFLATE = !VARIANT.equals("no-deflate");

  static void apply(Configurable container) {
    if (DEFAULTS) return;
    container.setMaxTextMessageSize(256 << 20);
    container.setMaxBinaryMessageSize(256 << 20);
    container.setIdleTimeout(Duration.ZERO);
  }
}
