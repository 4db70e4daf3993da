import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.PemTrustOptions;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** Client driver: plays the fuzzer's cases, echoing every message. */
public final class Client {
  public static void main(String[] arguments) {
    WebSocketClientOptions options = new WebSocketClientOptions();
    if (!Settings.DEFAULTS)
      options
          .setMaxFrameSize(Settings.MAX_OCTETS)
          .setMaxMessageSize(Settings.MAX_OCTETS)
          .setTryUsePerMessageCompression(Settings.DEFLATE);
    String authority = System.getenv("CA_CERT");
    if (authority != null)
      options.setTrustOptions(new PemTrustOptions().addCertPath(authority));
    WebSocketClient client = Vertx.vertx().createWebSocketClient(options);
    Driver.play((uri, echo) -> visit(client, uri, echo));
  }

  private static String visit(WebSocketClient client, URI uri, boolean echo) throws Exception {
    CompletableFuture<String> first = new CompletableFuture<>();
    CountDownLatch ended = new CountDownLatch(1);
    ClientWebSocket socket = client.webSocket();
    if (echo) {
      socket.textMessageHandler(socket::writeTextMessage);
      socket.binaryMessageHandler(socket::writeBinaryMessage);
    } else {
      socket.textMessageHandler(first::complete);
    }
    socket.closeHandler(closed -> ended.countDown());
    socket.exceptionHandler(System.err::println);
    socket
        .connect(new WebSocketConnectOptions().setAbsoluteURI(uri.toString()))
        .toCompletionStage()
        .toCompletableFuture()
        .get();
    ended.await();
    return first.getNow(null);
  }
}
