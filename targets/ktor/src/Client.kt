import io.ktor.client.HttpClient
import io.ktor.client.engine.cio.CIO
import io.ktor.client.plugins.websocket.DefaultClientWebSocketSession
import io.ktor.client.plugins.websocket.WebSockets
import io.ktor.client.plugins.websocket.webSocket
import io.ktor.websocket.Frame
import io.ktor.websocket.readText
import java.net.URLEncoder
import java.util.concurrent.atomic.AtomicInteger
import kotlin.system.exitProcess
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull

private val fuzzer = System.getenv("FUZZER_URL")
private val agent =
    URLEncoder.encode(System.getenv("AGENT") ?: "ktor", "UTF-8").replace("+", "%20")
private val client = HttpClient(CIO) { install(WebSockets) { extensions { deflate(this) } } }

/**
 * The next message, null when there will be none.
 *
 * Frames that come together with the response to the handshake are at times never delivered, nor is the end of
 * such a connection told, so that it is given up when it has been silent for longer than any case is.
 */
private suspend fun DefaultClientWebSocketSession.next(): Frame? =
    withTimeoutOrNull(10_000) { incoming.receiveCatching().getOrNull() }

private suspend fun visit(path: String, use: suspend DefaultClientWebSocketSession.() -> Unit) =
    client.webSocket(fuzzer + path) { use() }

/** Asks more than once: a message that a close frame follows at once does not always arrive. */
private suspend fun caseCount(): Int {
    repeat(5) {
        try {
            var count: Int? = null
            withTimeout(2_000) {
                visit("/getCaseCount") { count = (incoming.receive() as Frame.Text).readText().toInt() }
            }
            count?.let { return it }
        } catch (failure: Exception) {
            System.err.println("case count: $failure")
        }
    }
    error("no case count")
}

private suspend fun runCase(number: Int) {
    try {
        visit("/runCase?case=$number&agent=$agent") {
            while (true) echo(this, next() ?: break)
        }
    } catch (failure: Exception) {
        System.err.println("case $number: $failure")
    }
}

/** Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once). */
fun main() {
    try {
        runBlocking(Dispatchers.Default) {
            val count = caseCount()
            val last = AtomicInteger()
            coroutineScope {
                repeat((System.getenv("CONCURRENCY") ?: "1").toInt()) {
                    launch {
                        while (true) {
                            val number = last.incrementAndGet()
                            if (number > count) break
                            runCase(number)
                        }
                    }
                }
            }
            withTimeout(60_000) { visit("/updateReports?agent=$agent") { next() } }
        }
    } catch (failure: Exception) {
        System.err.println(failure)
        exitProcess(1)
    }
    exitProcess(0)
}
