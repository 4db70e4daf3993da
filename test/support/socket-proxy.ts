import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A way to the socket of an engine that can be cut, as when the engine is stopped. */
export interface SocketProxy {
  /** Value for `DOCKER_HOST`. */
  readonly host: string;
  /** Cuts all connections, and takes no more. */
  cut(): Promise<void>;
}

/** Makes one. @param to the path of the engine's own socket */
export async function proxySocket(to: string): Promise<SocketProxy> {
  const path = join(mkdtempSync(join(tmpdir(), "wsmatrix-test-")), "docker.sock");
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    socket.once("close", () => open.delete(socket)).on("error", () => socket.destroy());
    return socket;
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = keep(connect({ path: to, allowHalfOpen: true }));
    keep(client).pipe(engine).pipe(client);
    client.once("close", () => engine.destroy());
    engine.once("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  const cut = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
    rmSync(dirname(path), { recursive: true, force: true });
  };
  return { host: `unix://${path}`, cut };
}
