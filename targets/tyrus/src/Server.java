import jakarta.websocket.Endpoint;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.Map;
import java.util.Set;
import org.glassfish.tyrus.core.TyrusWebSocketEngine;

/** Echo server: every message goes back with its type. */
public final class Server {
  public static void main(String[] arguments) throws Exception {
    Map<String, String> env = System.getenv();
    new org.glassfish.tyrus.server.Server(
            env.getOrDefault("HOST", "127.0.0.1"),
            Integer.parseInt(env.getOrDefault("PORT", "9001")),
            "/",
            Settings.DEFAULTS
                ? Map.of()
                : Map.of(TyrusWebSocketEngine.INCOMING_BUFFER_SIZE, Settings.MAX_OCTETS),
            Application.class)
        .start();
    Thread.currentThread().join();
  }

  /** What is served. */
  public static final class Application implements ServerApplicationConfig {
    @Override
    public Set<ServerEndpointConfig> getEndpointConfigs(Set<Class<? extends Endpoint>> scanned) {
      return Set.of(
          ServerEndpointConfig.Builder.create(Echo.class, "/")
              .extensions(Settings.extensions())
              .build());
    }

    @Override
    public Set<Class<?>> getAnnotatedEndpointClasses(Set<Class<?>> scanned) {
      return Set.of();
    }
  }
}
