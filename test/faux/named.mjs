// Echoes, and tells in the opening handshake what it is called.
import { answerTo, echo, listen, readHead } from "./handshake.mjs";

listen((socket) => {
  readHead(socket, (head, rest) => {
    socket.write(answerTo(head, "Server: Faux/2.0 (named)\r\n"));
    echo(socket, rest);
  });
});
