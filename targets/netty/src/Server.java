import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketServerCompressionHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.util.Map;

/** Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files. */
public final class Server {
  private static final Map<String, String> ENV = System.getenv();
  private static final WebSocketServerProtocolConfig CONFIG =
      WebSocketServerProtocolConfig.newBuilder()
          .websocketPath("/")
          .checkStartsWith(true)
          .allowExtensions(Settings.DEFLATE)
          .maxFramePayloadLength(Settings.MAX_OCTETS)
          .sendCloseFrame(Settings.LAST_WORD)
          .build();

  public static void main(String[] arguments) throws Exception {
    SslContext tls = tls();
    new ServerBootstrap()
        .group(new NioEventLoopGroup())
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                ChannelPipeline pipeline = channel.pipeline();
                if (tls != null) pipeline.addLast(tls.newHandler(channel.alloc()));
                pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(65_536));
                if (Settings.DEFLATE) pipeline.addLast(new WebSocketServerCompressionHandler(0));
                pipeline.addLast(new WebSocketServerProtocolHandler(CONFIG));
                Echo.addTo(pipeline);
              }
            })
        .bind(
            ENV.getOrDefault("HOST", "127.0.0.1"),
            Integer.parseInt(ENV.getOrDefault("PORT", "9001")))
        .sync();
  }

  private static SslContext tls() throws Exception {
    if (!ENV.containsKey("TLS_CERT")) return null;
    return SslContextBuilder.forServer(new File(ENV.get("TLS_CERT")), new File(ENV.get("TLS_KEY")))
        .build();
  }
}
