// A web server that knows nothing of WebSocket.
import { createServer } from "node:http";

const { HOST = "127.0.0.1", PORT = "0" } = process.env;
const answer = (request, response) => response.end("hello\n");
createServer(answer).listen(Number(PORT), HOST);
