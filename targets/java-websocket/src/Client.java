import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.handshake.ServerHandshake;

/** Client driver: plays the fuzzer's cases, echoing every message. */
public final class Client extends WebSocketClient {
  private final boolean echo;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile String first;

  Client(URI uri, boolean echo) {
    super(uri, Settings.draft());
    this.echo = echo;
  }

  public static void main(String[] arguments) {
    Driver.play(Client::visit);
  }

  private static String visit(URI uri, boolean echo) throws Exception {
    Client client = new Client(uri, echo);
    if (!Settings.DEFAULTS) {
      client.setTcpNoDelay(true);
      client.setConnectionLostTimeout(0);
    }
    if (uri.getScheme().equals("wss")) client.setSocketFactory(Tls.client().getSocketFactory());
    client.connect();
    client.ended.await();
    return client.first;
  }

  @Override
  public void onMessage(String message) {
    if (first == null) first = message;
    if (echo) send(message);
  }

  @Override
  public void onMessage(ByteBuffer message) {
    if (echo) send(message);
  }

  @Override
  public void onError(Exception error) {
    System.err.println(uri.getRawQuery() + ": " + error);
  }

  @Override
  public void onClose(int code, String reason, boolean remote) {
    ended.countDown();
  }

  @Override
  public void onOpen(ServerHandshake handshake) {}
}
