import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpClientTransport;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.websocket.client.ClientUpgradeRequest;
import org.eclipse.jetty.websocket.client.WebSocketClient;

/** Client driver: plays the fuzzer's cases, echoing every message. */
public final class Client {
  public static void main(String[] arguments) throws Exception {
    SslContextFactory.Client tls = new SslContextFactory.Client();
    tls.setSslContext(Tls.client());
    ClientConnector connector = new ClientConnector();
    connector.setSslContextFactory(tls);
    HttpClientTransport transport =
        Settings.HTTP2
            ? new HttpClientTransportOverHTTP2(new HTTP2Client(connector))
            : new HttpClientTransportOverHTTP(connector);
    WebSocketClient client = new WebSocketClient(new HttpClient(transport));
    Settings.apply(client);
    client.start();
    Driver.play((uri, echo) -> visit(client, uri, echo));
  }

  private static String visit(WebSocketClient client, URI uri, boolean echo) throws Exception {
    ClientUpgradeRequest request = new ClientUpgradeRequest(uri);
    if (Settings.DEFLATE && !Settings.DEFAULTS) request.addExtensions("permessage-deflate");
    Listener listener = new Listener(echo);
    client.connect(listener, uri, request).get();
    listener.ended.await();
    return listener.first.getNow(null);
  }

  /** Public, since Jetty calls it by reflection. */
  public static final class Listener extends Echo {
    final CompletableFuture<String> first = new CompletableFuture<>();
    final CountDownLatch ended = new CountDownLatch(1);
    private final boolean echo;

    Listener(boolean echo) {
      this.echo = echo;
    }

    @Override
    public void onWebSocketText(String message) {
      first.complete(message);
      if (echo) super.onWebSocketText(message);
      else session.demand();
    }

    @Override
    public void onWebSocketClose(int code, String reason) {
      ended.countDown();
    }
  }
}
