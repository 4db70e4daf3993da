import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.nio.ByteBuffer;
import org.xnio.Pooled;

/** Sends every message back with its type. */
class Echo extends AbstractReceiveListener {
  @Override
  protected void onFullTextMessage(WebSocketChannel channel, BufferedTextMessage message) {
    WebSockets.sendText(message.getData(), channel, null);
  }

  @Override
  protected void onFullBinaryMessage(WebSocketChannel channel, BufferedBinaryMessage message) {
    try (Pooled<ByteBuffer[]> data = message.getData()) {
      WebSockets.sendBinary(WebSockets.mergeBuffers(data.getResource()), channel, null);
    }
  }
}
