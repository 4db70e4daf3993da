import jakarta.websocket.Extension;
import java.util.List;

/** The offer of permessage-deflate, with no parameters. */
final class Deflate implements Extension {
  @Override
  public String getName() {
    return "permessage-deflate";
  }

  @Override
  public List<Parameter> getParameters() {
    return List.of();
  }
}
