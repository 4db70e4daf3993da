import java.io.IOException;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.X509TrustManager;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.ByteString;

/** Client driver: plays the fuzzer's cases, echoing every message. */
public final class Client {
  private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "plain");

  public static void main(String[] arguments) throws Exception {
    X509TrustManager trust = (X509TrustManager) Tls.trust().getTrustManagers()[0];
    OkHttpClient.Builder builder =
        new OkHttpClient.Builder().sslSocketFactory(Tls.client().getSocketFactory(), trust);
    if (!VARIANT.equals("defaults")) builder.minWebSocketMessageToCompress(0);
    if (VARIANT.equals("no-deflate")) builder.addInterceptor(Client::withoutExtensions);
    OkHttpClient client = builder.build();
    Driver.play((uri, echo) -> visit(client, uri, echo));
  }

  private static Response withoutExtensions(Interceptor.Chain chain) throws IOException {
    Request request = chain.request();
    return chain.proceed(request.newBuilder().removeHeader("Sec-WebSocket-Extensions").build());
  }

  private static String visit(OkHttpClient client, URI uri, boolean echo) throws Exception {
    Request.Builder request = new Request.Builder().url(uri.toString());
    Listener listener = new Listener(echo);
    client.newWebSocket(request.build(), listener);
    listener.ended.await();
    return listener.first.getNow(null);
  }

  private static final class Listener extends WebSocketListener {
    final CompletableFuture<String> first = new CompletableFuture<>();
    final CountDownLatch ended = new CountDownLatch(1);
    private final boolean echo;

    Listener(boolean echo) {
      this.echo = echo;
    }

    @Override
    public void onMessage(WebSocket socket, String message) {
      first.complete(message);
      if (echo) socket.send(message);
    }

    @Override
    public void onMessage(WebSocket socket, ByteString message) {
      if (echo) socket.send(message);
    }

    @Override
    public void onClosing(WebSocket socket, int code, String reason) {
      socket.close(1000, null);
    }

    @Override
    public void onClosed(WebSocket socket, int code, String reason) {
      ended.countDown();
    }

    @Override
    public void onFailure(WebSocket socket, Throwable failure, Response response) {
      System.err.println(socket.request().url().encodedQuery() + ": " + failure);
      ended.countDown();
    }
  }
}
