import io.ktor.websocket.DefaultWebSocketSession
import io.ktor.websocket.Frame
import io.ktor.websocket.WebSocketDeflateExtension
import io.ktor.websocket.WebSocketExtensionsConfig
import io.ktor.websocket.readText
import io.ktor.websocket.send

private val variant = System.getenv("VARIANT") ?: "plain"

/** The default is without permessage-deflate. */
fun deflate(extensions: WebSocketExtensionsConfig) {
    if (variant == "defaults" || variant == "no-deflate") return
    extensions.install(WebSocketDeflateExtension)
}

/** Sends a message back with its type. */
suspend fun echo(session: DefaultWebSocketSession, frame: Frame) {
    when (frame) {
        is Frame.Text -> session.send(frame.readText())
        is Frame.Binary -> session.send(frame.data)
        else -> {}
    }
}
