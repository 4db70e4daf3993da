// Answers the opening handshake with 5 MB of header.
import { answerTo, echo, listen, readHead } from "./handshake.mjs";

const more = `X-Padding: ${"x".repeat(4984)}\r\n`.repeat(1000);
listen((socket) => {
  readHead(socket, (head, rest) => {
    socket.write(answerTo(head, more));
    echo(socket, rest);
  });
});
