import io.undertow.websockets.extensions.ExtensionHandshake;
import io.undertow.websockets.extensions.PerMessageDeflateHandshake;
import java.util.Optional;

/** What VARIANT asks for. */
final class Settings {
  private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "plain");

  /** The default is without permessage-deflate. */
  static Optional<ExtensionHandshake> deflate(boolean client) {
    if (VARIANT.equals("defaults") || VARIANT.equals("no-deflate")) return Optional.empty();
    return Optional.of(new PerMessageDeflateHandshake(client));
  }
}
