import io.ktor.server.application.install
import io.ktor.server.cio.CIO
import io.ktor.server.engine.embeddedServer
import io.ktor.server.routing.routing
import io.ktor.server.websocket.WebSockets
import io.ktor.server.websocket.webSocket

/** Echo server: every message goes back with its type. */
fun main() {
    val host = System.getenv("HOST") ?: "127.0.0.1"
    val port = (System.getenv("PORT") ?: "9001").toInt()
    val server =
        embeddedServer(CIO, port, host) {
            install(WebSockets) { extensions { deflate(this) } }
            routing { webSocket("/{path...}") { for (frame in incoming) echo(this, frame) } }
        }
    server.start(wait = true)
}
