import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.java_websocket.WebSocket;
import org.java_websocket.drafts.Draft;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.DefaultSSLWebSocketServerFactory;
import org.java_websocket.server.WebSocketServer;

/** Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files. */
public final class Server extends WebSocketServer {
  Server(InetSocketAddress address, List<Draft> drafts) {
    super(address, drafts);
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> env = System.getenv();
    InetSocketAddress address =
        new InetSocketAddress(
            env.getOrDefault("HOST", "127.0.0.1"),
            Integer.parseInt(env.getOrDefault("PORT", "9001")));
    Server server = new Server(address, List.of(Settings.draft()));
    if (!Settings.DEFAULTS) {
      server.setTcpNoDelay(true);
      server.setConnectionLostTimeout(0);
    }
    SSLContext tls = Tls.server();
    if (tls != null) server.setWebSocketFactory(new DefaultSSLWebSocketServerFactory(tls));
    server.start();
  }

  @Override
  public void onMessage(WebSocket connection, String message) {
    connection.send(message);
  }

  @Override
  public void onMessage(WebSocket connection, ByteBuffer message) {
    connection.send(message);
  }

  @Override
  public void onError(WebSocket connection, Exception error) {
    System.err.println(error);
    if (connection == null) System.exit(1);
  }

  @Override
  public void onStart() {}

  @Override
  public void onOpen(WebSocket connection, ClientHandshake handshake) {}

  @Override
  public void onClose(WebSocket connection, int code, String reason, boolean remote) {}
}
