import org.java_websocket.drafts.Draft;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.extensions.permessage_deflate.PerMessageDeflateExtension;

/** What VARIANT asks for. */
final class Settings {
  private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "plain");

  /** The untouched library. */
  static final boolean DEFAULTS = VARIANT.equals("defaults");

  /** The protocol with its extensions; the default is without permessage-deflate. */
  static Draft draft() {
    if (DEFAULTS || VARIANT.equals("no-deflate")) return new Draft_6455();
    PerMessageDeflateExtension deflate = new PerMessageDeflateExtension();
    deflate.setThreshold(0);
    return new Draft_6455(deflate);
  }
}
