import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketClientCompressionHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.net.URI;
import java.util.concurrent.CompletableFuture;

/** Client driver: plays the fuzzer's cases, echoing every message. */
public final class Client {
  public static void main(String[] arguments) throws Exception {
    NioEventLoopGroup group = new NioEventLoopGroup();
    SslContext tls = tls();
    Driver.play((uri, echo) -> visit(group, tls, uri, echo));
  }

  private static String visit(NioEventLoopGroup group, SslContext tls, URI uri, boolean echo)
      throws Exception {
    CompletableFuture<String> first = new CompletableFuture<>();
    Channel channel =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    ChannelPipeline pipeline = channel.pipeline();
                    if (uri.getScheme().equals("wss"))
                      pipeline.addLast(
                          tls.newHandler(channel.alloc(), uri.getHost(), uri.getPort()));
                    pipeline.addLast(new HttpClientCodec(), new HttpObjectAggregator(65_536));
                    if (Settings.DEFLATE)
                      pipeline.addLast(new WebSocketClientCompressionHandler(0));
                    pipeline.addLast(new WebSocketClientProtocolHandler(config(uri)));
                    if (echo) Echo.addTo(pipeline);
                    else pipeline.addLast(keep(first));
                  }
                })
            .connect(uri.getHost(), uri.getPort())
            .sync()
            .channel();
    channel.closeFuture().sync();
    return first.getNow(null);
  }

  private static WebSocketClientProtocolConfig config(URI uri) {
    return WebSocketClientProtocolConfig.newBuilder()
        .webSocketUri(uri)
        .allowExtensions(Settings.DEFLATE)
        .maxFramePayloadLength(Settings.MAX_OCTETS)
        .handleCloseFrames(!Settings.CLOSE_BY_PROTOCOL)
        .sendCloseFrame(Settings.LAST_WORD)
        .build();
  }

  private static SimpleChannelInboundHandler<TextWebSocketFrame> keep(
      CompletableFuture<String> first) {
    return new SimpleChannelInboundHandler<>(TextWebSocketFrame.class) {
      @Override
      protected void channelRead0(ChannelHandlerContext context, TextWebSocketFrame frame) {
        first.complete(frame.text());
      }
    };
  }

  private static SslContext tls() throws Exception {
    SslContextBuilder builder = SslContextBuilder.forClient().endpointIdentificationAlgorithm("HTTPS");
    String authority = System.getenv("CA_CERT");
    return (authority == null ? builder : builder.trustManager(new File(authority))).build();
  }
}
