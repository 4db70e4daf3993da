import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** Joins the parts of each message and sends it back with its type. */
public class Echo extends Endpoint {
  @Override
  public void onOpen(Session session, EndpointConfig config) {
    StringBuilder text = new StringBuilder();
    session.addMessageHandler(
        String.class,
        (MessageHandler.Partial<String>)
            (part, last) -> {
              text.append(part);
              if (!last) return;
              onText(session, text.toString());
              text.setLength(0);
              text.trimToSize();
            });
    ByteArrayOutputStream octets = new ByteArrayOutputStream();
    session.addMessageHandler(
        byte[].class,
        (MessageHandler.Partial<byte[]>)
            (part, last) -> {
              octets.writeBytes(part);
              if (!last) return;
              onBinary(session, octets.toByteArray());
              octets.reset();
            });
  }

  void onText(Session session, String message) {
    try {
      session.getBasicRemote().sendText(message);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  void onBinary(Session session, byte[] message) {
    try {
      session.getBasicRemote().sendBinary(ByteBuffer.wrap(message));
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
