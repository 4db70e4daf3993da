import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.CloseReason;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.Session;
import jakarta.websocket.WebSocketContainer;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;

/** Client driver: plays the fuzzer's cases, echoing every message. */
public final class Client {
  private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "plain");

  public static void main(String[] arguments) throws Exception {
    WebSocketContainer container = ContainerProvider.getWebSocketContainer();
    if (!VARIANT.equals("defaults")) container.setDefaultMaxBinaryMessageBufferSize(32_768);
    SSLContext tls = Tls.client();
    Driver.play((uri, echo) -> visit(container, tls, uri, echo));
  }

  private static String visit(WebSocketContainer container, SSLContext tls, URI uri, boolean echo)
      throws Exception {
    ClientEndpointConfig.Builder config = ClientEndpointConfig.Builder.create().sslContext(tls);
    if (!VARIANT.equals("defaults") && !VARIANT.equals("no-deflate"))
      config.extensions(List.of(new Deflate()));
    CompletableFuture<String> first = new CompletableFuture<>();
    CountDownLatch ended = new CountDownLatch(1);
    Echo endpoint =
        new Echo() {
          @Override
          void onText(Session session, String message) {
            if (echo) super.onText(session, message);
            else first.complete(message);
          }

          @Override
          public void onClose(Session session, CloseReason reason) {
            ended.countDown();
          }
        };
    container.connectToServer(endpoint, config.build(), uri);
    ended.await();
    return first.getNow(null);
  }
}
