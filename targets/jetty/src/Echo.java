import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;

/** Sends every message back with its type, and asks for the next when it has been sent. */
public class Echo implements Session.Listener {
  volatile Session session;

  @Override
  public void onWebSocketOpen(Session opened) {
    session = opened;
    opened.demand();
  }

  @Override
  public void onWebSocketText(String message) {
    session.sendText(message, Callback.from(session::demand, failure -> {}));
  }

  @Override
  public void onWebSocketBinary(ByteBuffer message, Callback callback) {
    session.sendBinary(
        message,
        Callback.from(
            () -> {
              callback.succeed();
              session.demand();
            },
            callback::fail));
  }
}
