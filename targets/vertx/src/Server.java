import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.PemKeyCertOptions;
import java.util.Map;

/** Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files. */
public final class Server {
  public static void main(String[] arguments) {
    Map<String, String> env = System.getenv();
    HttpServerOptions options = new HttpServerOptions();
    if (!Settings.DEFAULTS)
      options
          .setMaxWebSocketFrameSize(Settings.MAX_OCTETS)
          .setMaxWebSocketMessageSize(Settings.MAX_OCTETS);
    options.setPerMessageWebSocketCompressionSupported(Settings.DEFLATE);
    if (env.containsKey("TLS_CERT"))
      options
          .setSsl(true)
          .setKeyCertOptions(
              new PemKeyCertOptions()
                  .setCertPath(env.get("TLS_CERT"))
                  .setKeyPath(env.get("TLS_KEY")));
    Vertx.vertx()
        .createHttpServer(options)
        .webSocketHandler(Server::echo)
        .listen(
            Integer.parseInt(env.getOrDefault("PORT", "9001")),
            env.getOrDefault("HOST", "127.0.0.1"))
        .onFailure(
            failure -> {
              System.err.println(failure);
              System.exit(1);
            });
  }

  private static void echo(ServerWebSocket socket) {
    socket.textMessageHandler(socket::writeTextMessage);
    socket.binaryMessageHandler(socket::writeBinaryMessage);
    socket.exceptionHandler(System.err::println);
  }
}
