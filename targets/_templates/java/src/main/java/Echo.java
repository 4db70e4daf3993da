import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.java_websocket.WebSocket;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.handshake.ServerHandshake;
import org.java_websocket.server.WebSocketServer;

/** Echo server and client driver. Java-WebSocket stands where your library will. */
public final class Echo {
  public static void main(String[] args) throws InterruptedException {
    if (args.length > 0 && args[0].equals("client")) {
      drive(System.getenv("FUZZER_URL"), variable("AGENT", "__NAME__"));
    } else {
      new Server(variable("HOST", "127.0.0.1"), Integer.parseInt(variable("PORT", "9001"))).run();
    }
  }

  /** Plays the fuzzer's cases one after the other. */
  private static void drive(String fuzzer, String name) throws InterruptedException {
    String agent = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    int count = Integer.parseInt(new Client(fuzzer + "/getCaseCount").visit());
    for (int number = 1; number <= count; number++) {
      new Client(fuzzer + "/runCase?case=" + number + "&agent=" + agent).visit();
    }
    new Client(fuzzer + "/updateReports?agent=" + agent).visit();
  }

  private static String variable(String name, String fallback) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? fallback : value;
  }

  /** Echoes on every connection. */
  private static final class Server extends WebSocketServer {
    Server(String host, int port) {
      super(new InetSocketAddress(host, port));
      setReuseAddr(true);
      setTcpNoDelay(true);
      setConnectionLostTimeout(0);
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
    }

    @Override
    public void onStart() {}

    @Override
    public void onOpen(WebSocket connection, ClientHandshake handshake) {}

    @Override
    public void onClose(WebSocket connection, int code, String reason, boolean remote) {}
  }

  /** Echoes on one connection. */
  private static final class Client extends WebSocketClient {
    private volatile String last;

    Client(String url) {
      super(URI.create(url));
      setTcpNoDelay(true);
      setConnectionLostTimeout(0);
    }

    /** Opens the connection, waits for its end, and gives the last text message. */
    String visit() throws InterruptedException {
      connectBlocking();
      while (!isClosed()) Thread.sleep(1);
      return last;
    }

    @Override
    public void onMessage(String message) {
      last = message;
      if (isOpen()) send(message);
    }

    @Override
    public void onMessage(ByteBuffer message) {
      if (isOpen()) send(message);
    }

    @Override
    public void onError(Exception error) {
      System.err.println(error);
    }

    @Override
    public void onOpen(ServerHandshake handshake) {}

    @Override
    public void onClose(int code, String reason, boolean remote) {}
  }
}
