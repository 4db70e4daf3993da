import com.neovisionaries.ws.client.WebSocket;
import com.neovisionaries.ws.client.WebSocketAdapter;
import com.neovisionaries.ws.client.WebSocketException;
import com.neovisionaries.ws.client.WebSocketExtension;
import com.neovisionaries.ws.client.WebSocketFactory;
import com.neovisionaries.ws.client.WebSocketFrame;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** Client driver: plays the fuzzer's cases, echoing every message. */
public final class Client {
  private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "plain");

  public static void main(String[] arguments) throws Exception {
    WebSocketFactory factory = new WebSocketFactory();
    factory.setSSLContext(Tls.client());
    Driver.play((uri, echo) -> visit(factory, uri, echo));
  }

  private static String visit(WebSocketFactory factory, URI uri, boolean echo) throws Exception {
    CompletableFuture<String> first = new CompletableFuture<>();
    CountDownLatch ended = new CountDownLatch(1);
    WebSocket socket = factory.createSocket(uri);
    if (!VARIANT.equals("defaults") && !VARIANT.equals("no-deflate"))
      socket.addExtension(WebSocketExtension.PERMESSAGE_DEFLATE);
    socket.addListener(
        new WebSocketAdapter() {
          @Override
          public void onTextMessage(WebSocket from, String message) {
            first.complete(message);
            if (echo) from.sendText(message);
          }

          @Override
          public void onBinaryMessage(WebSocket from, byte[] message) {
            if (echo) from.sendBinary(message);
          }

          @Override
          public void onError(WebSocket from, WebSocketException error) {
            System.err.println(uri.getRawQuery() + ": " + error);
          }

          @Override
          public void onDisconnected(
              WebSocket from, WebSocketFrame theirs, WebSocketFrame ours, boolean closedByServer) {
            ended.countDown();
          }
        });
    socket.connect();
    ended.await();
    return first.getNow(null);
  }
}
