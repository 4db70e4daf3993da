// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
const { HOST = "127.0.0.1", PORT = "9001", TLS_CERT, TLS_KEY } = Deno.env.toObject();

Deno.serve(
  {
    hostname: HOST,
    port: Number(PORT),
    ...(TLS_CERT && { cert: Deno.readTextFileSync(TLS_CERT), key: Deno.readTextFileSync(TLS_KEY) }),
    onListen() {},
  },
  (request) => {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
      return new Response(null, { status: 426 });
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (event) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(event.data);
    });
    socket.addEventListener("error", (event) => console.error(event.message));
    return response;
  },
);
