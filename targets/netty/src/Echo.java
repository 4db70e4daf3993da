import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;

/**
 * Sends every message back with its type, and close frames that come as far as here: those of a client
 * that {@link Settings#CLOSE_BY_PROTOCOL} leaves them to.
 */
final class Echo extends SimpleChannelInboundHandler<WebSocketFrame> {
  /** Appends what echoes to a pipeline, with what joins fragments before it. */
  static void addTo(ChannelPipeline pipeline) {
    pipeline.addLast(new WebSocketFrameAggregator(Settings.MAX_OCTETS), new Echo());
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
    if (frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame)
      context.writeAndFlush(frame.retain());
    if (frame instanceof CloseWebSocketFrame) context.writeAndFlush(frame.retain());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    System.err.println(cause);
  }
}
