import jakarta.websocket.Extension;
import java.util.List;
import org.glassfish.tyrus.ext.extension.deflate.PerMessageDeflateExtension;

/** What VARIANT asks for. */
final class Settings {
  private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "plain");

  static final boolean DEFAULTS = VARIANT.equals("defaults");
  static final int MAX_OCTETS = 256 << 20;

  /** The default is without permessage-deflate. */
  static List<Extension> extensions() {
    if (DEFAULTS || VARIANT.equals("no-deflate")) return List.of();
    return List.of(new PerMessageDeflateExtension());
  }
}
