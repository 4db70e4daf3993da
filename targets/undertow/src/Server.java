import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.websockets.WebSocketProtocolHandshakeHandler;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files. */
public final class Server {
  public static void main(String[] arguments) throws Exception {
    Map<String, String> env = System.getenv();
    String host = env.getOrDefault("HOST", "127.0.0.1");
    int port = Integer.parseInt(env.getOrDefault("PORT", "9001"));
    WebSocketProtocolHandshakeHandler handler =
        Handlers.websocket(
            (exchange, channel) -> {
              channel.getReceiveSetter().set(new Echo());
              channel.resumeReceives();
            });
    Settings.deflate(false).ifPresent(handler::addExtension);
    Undertow.Builder server = Undertow.builder().setHandler(handler);
    SSLContext tls = Tls.server();
    if (tls == null) server.addHttpListener(port, host);
    else server.addHttpsListener(port, host, tls);
    server.build().start();
  }
}
