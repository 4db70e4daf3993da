// Does what a client target should, with the WebSocket of Node. GIVE_UP_AFTER=N: exits with code 3 after case N.
// With a number as its argument it exits with code 3 when a message is that long.
const { FUZZER_URL = "", AGENT = "faux", GIVE_UP_AFTER = "0" } = process.env;
const deadly = Number(process.argv[2] ?? -1);
const agent = encodeURIComponent(AGENT);

/** One connection, to its end, whatever that is; returns the last text that came. */
function connect(path, onMessage) {
  return new Promise((resolve) => {
    const socket = new WebSocket(FUZZER_URL + path);
    socket.binaryType = "arraybuffer";
    let last = "";
    socket.addEventListener("message", ({ data }) => {
      last = data;
      onMessage?.(socket, data);
    });
    socket.addEventListener("error", () => {});
    socket.addEventListener("close", () => resolve(last));
  });
}

const count = Number(await connect("/getCaseCount"));
for (let number = 1; number <= count; number += 1) {
  await connect(`/runCase?case=${number}&agent=${agent}`, (socket, data) => {
    if ((data.byteLength ?? Buffer.byteLength(data)) === deadly) process.exit(3);
    socket.send(data);
  });
  if (number === Number(GIVE_UP_AFTER)) process.exit(3);
}
await connect(`/updateReports?agent=${agent}`);
