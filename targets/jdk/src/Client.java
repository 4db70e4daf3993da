import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;

/** Client driver: plays the fuzzer's cases, echoing every message. */
public final class Client {
  public static void main(String[] arguments) throws Exception {
    HttpClient client = HttpClient.newBuilder().sslContext(Tls.client()).build();
    Driver.play((uri, echo) -> visit(client, uri, echo));
  }

  private static String visit(HttpClient client, URI uri, boolean echo) throws Exception {
    Listener listener = new Listener(echo);
    client.newWebSocketBuilder().buildAsync(uri, listener).get();
    listener.ended.await();
    return listener.first.getNow(null);
  }

  /** Joins the parts of each message; asks for the next when the echo has been sent. */
  private static final class Listener implements WebSocket.Listener {
    final CompletableFuture<String> first = new CompletableFuture<>();
    final CountDownLatch ended = new CountDownLatch(1);
    private final boolean echo;
    private StringBuilder text = new StringBuilder();
    private ByteArrayOutputStream octets = new ByteArrayOutputStream();

    Listener(boolean echo) {
      this.echo = echo;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (!last) return next(socket);
      String message = text.toString();
      text = new StringBuilder();
      first.complete(message);
      return echo ? socket.sendText(message, true).thenRun(() -> socket.request(1)) : next(socket);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
      byte[] copy = new byte[part.remaining()];
      part.get(copy);
      octets.writeBytes(copy);
      if (!last) return next(socket);
      ByteBuffer message = ByteBuffer.wrap(octets.toByteArray());
      octets = new ByteArrayOutputStream();
      return echo
          ? socket.sendBinary(message, true).thenRun(() -> socket.request(1))
          : next(socket);
    }

    private static CompletionStage<?> next(WebSocket socket) {
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      ended.countDown();
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      System.err.println(error);
      ended.countDown();
    }
  }
}
