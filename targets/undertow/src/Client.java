import io.undertow.protocols.ssl.UndertowXnioSsl;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.websockets.WebSocketExtension;
import io.undertow.websockets.client.WebSocketClient;
import io.undertow.websockets.client.WebSocketClientNegotiation;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.extensions.ExtensionHandshake;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.xnio.OptionMap;
import org.xnio.Xnio;
import org.xnio.XnioWorker;

/** Client driver: plays the fuzzer's cases, echoing every message. */
public final class Client {
  private static final DefaultByteBufferPool BUFFERS = new DefaultByteBufferPool(false, 16_384);

  public static void main(String[] arguments) throws Exception {
    Xnio xnio = Xnio.getInstance();
    XnioWorker worker = xnio.createWorker(OptionMap.EMPTY);
    UndertowXnioSsl tls = new UndertowXnioSsl(xnio, OptionMap.EMPTY, Tls.client());
    Driver.play((uri, echo) -> visit(worker, tls, uri, echo));
  }

  private static String visit(XnioWorker worker, UndertowXnioSsl tls, URI uri, boolean echo)
      throws Exception {
    WebSocketClient.ConnectionBuilder builder =
        new WebSocketClient.ConnectionBuilder(worker, BUFFERS, uri);
    if (uri.getScheme().equals("wss")) builder.setSsl(tls);
    Settings.deflate(true).ifPresent(deflate -> offer(builder, deflate));
    WebSocketChannel channel = builder.connect().get();
    CountDownLatch ended = new CountDownLatch(1);
    CompletableFuture<String> first = new CompletableFuture<>();
    channel.addCloseTask(closed -> ended.countDown());
    channel.getReceiveSetter().set(echo ? new Echo() : keep(first));
    channel.resumeReceives();
    ended.await();
    return first.getNow(null);
  }

  private static void offer(WebSocketClient.ConnectionBuilder builder, ExtensionHandshake extension) {
    builder
        .setClientNegotiation(
            new WebSocketClientNegotiation(
                List.of(), List.of(new WebSocketExtension(extension.getName()))))
        .setClientExtensions(Set.of(extension));
  }

  private static AbstractReceiveListener keep(CompletableFuture<String> first) {
    return new AbstractReceiveListener() {
      @Override
      protected void onFullTextMessage(WebSocketChannel channel, BufferedTextMessage message) {
        first.complete(message.getData());
      }
    };
  }
}
