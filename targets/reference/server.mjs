// Echo server: every message goes back with its type. WSMATRIX_REFERENCE is the URL of our own endpoint.
const { HOST = "127.0.0.1", PORT = "9001", WSMATRIX_REFERENCE } = process.env;
const { serveEcho } = await import(WSMATRIX_REFERENCE);

await serveEcho({ host: HOST, port: Number(PORT), onRefused: ({ text }) => console.error(text) });
