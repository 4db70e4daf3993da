/** Ms that one connection to a fuzzing server may take. */
const limit = 60_000;

/** How a client under test answers a message. */
export type Answer = (data: string | ArrayBuffer) => string | ArrayBuffer;

/** As it should. */
export const rightAnswer: Answer = (data) => data;

/** Text becomes longer, and binary becomes text. */
export const wrongAnswer: Answer = (data) => (typeof data === "string" ? `${data}!` : "text");

/** Connects with the WebSocket of Node, to the end; the text that came, or null when the handshake failed. */
export function visit(url: string, answer?: Answer): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    const deadline = setTimeout(() => reject(new Error(`${url} took too long`)), limit);
    let opened = false;
    let last = "";
    socket.addEventListener("open", () => (opened = true));
    socket.addEventListener("error", () => {});
    socket.addEventListener("message", (event) => {
      const data = event.data as string | ArrayBuffer;
      last = typeof data === "string" ? data : "";
      if (answer !== undefined) socket.send(answer(data));
    });
    socket.addEventListener("close", () => {
      clearTimeout(deadline);
      resolve(opened ? last : null);
    });
  });
}

/** `/getCaseStatus`: the behavior, once there is one. */
export async function statusOf(url: string, number: number, agent: string): Promise<string> {
  const text = await visit(`${url}/getCaseStatus?case=${number}&agent=${encodeURIComponent(agent)}`);
  return (JSON.parse(text ?? "{}") as { behavior?: string }).behavior ?? "no answer";
}

/** `/runCase`. */
export async function play(url: string, number: number, agent: string, answer: Answer): Promise<void> {
  await visit(`${url}/runCase?case=${number}&agent=${encodeURIComponent(agent)}`, answer);
}
