import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** Sends every message back with its type. */
public class Echo extends Endpoint {
  @Override
  public void onOpen(Session session, EndpointConfig config) {
    session.addMessageHandler(String.class, message -> onText(session, message));
    session.addMessageHandler(ByteBuffer.class, message -> onBinary(session, message));
  }

  void onText(Session session, String message) {
    try {
      session.getBasicRemote().sendText(message);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  void onBinary(Session session, ByteBuffer message) {
    try {
      session.getBasicRemote().sendBinary(message);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void onError(Session session, Throwable error) {
    System.err.println(error);
  }

  @Override
  public void onClose(Session session, CloseReason reason) {}
}
