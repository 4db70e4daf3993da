import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/** Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files. */
public final class Server {
  public static void main(String[] arguments) throws Exception {
    Map<String, String> env = System.getenv();
    org.eclipse.jetty.server.Server server = new org.eclipse.jetty.server.Server();
    SSLContext tls = Tls.server();
    ServerConnector connector =
        tls == null
            ? new ServerConnector(server, cleartext())
            : new ServerConnector(server, factory(tls), secure());
    connector.setHost(env.getOrDefault("HOST", "127.0.0.1"));
    connector.setPort(Integer.parseInt(env.getOrDefault("PORT", "9001")));
    server.addConnector(connector);
    server.setHandler(WebSocketUpgradeHandler.from(server, Server::configure));
    server.start();
  }

  private static void configure(ServerWebSocketContainer container) {
    Settings.apply(container);
    container.addMapping(
        "/*",
        (request, response, callback) -> {
          if (!Settings.DEFLATE) response.setExtensions(List.of());
          return new Echo();
        });
  }

  private static ConnectionFactory[] cleartext() {
    HttpConfiguration configuration = new HttpConfiguration();
    return new ConnectionFactory[] {
      Settings.HTTP2
          ? new HTTP2CServerConnectionFactory(configuration)
          : new HttpConnectionFactory(configuration)
    };
  }

  private static ConnectionFactory[] secure() {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.addCustomizer(new SecureRequestCustomizer(false));
    if (!Settings.HTTP2) return new ConnectionFactory[] {new HttpConnectionFactory(configuration)};
    HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(configuration);
    return new ConnectionFactory[] {new ALPNServerConnectionFactory(http2.getProtocol()), http2};
  }

  private static SslContextFactory.Server factory(SSLContext context) {
    SslContextFactory.Server factory = new SslContextFactory.Server();
    factory.setSslContext(context);
    return factory;
  }
}
