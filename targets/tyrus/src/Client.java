import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.glassfish.tyrus.client.ClientManager;
import org.glassfish.tyrus.client.ClientProperties;
import org.glassfish.tyrus.client.SslEngineConfigurator;

/** Client driver: plays the fuzzer's cases, echoing every message. */
public final class Client {
  public static void main(String[] arguments) throws Exception {
    ClientManager client = ClientManager.createClient();
    if (System.getenv("CA_CERT") != null)
      client
          .getProperties()
          .put(ClientProperties.SSL_ENGINE_CONFIGURATOR, new SslEngineConfigurator(Tls.client()));
    if (!Settings.DEFAULTS)
      client.getProperties().put(ClientProperties.INCOMING_BUFFER_SIZE, Settings.MAX_OCTETS);
    Driver.play((uri, echo) -> visit(client, uri, echo));
  }

  private static String visit(ClientManager client, URI uri, boolean echo) throws Exception {
    CompletableFuture<String> first = new CompletableFuture<>();
    CountDownLatch ended = new CountDownLatch(1);
    Echo endpoint =
        new Echo() {
          @Override
          void onText(Session session, String message) {
            if (echo) super.onText(session, message);
            else first.complete(message);
          }

          @Override
          public void onClose(Session session, CloseReason reason) {
            ended.countDown();
          }
        };
    ClientEndpointConfig config =
        ClientEndpointConfig.Builder.create().extensions(Settings.extensions()).build();
    client.connectToServer(endpoint, config, uri);
    ended.await();
    return first.getNow(null);
  }
}
