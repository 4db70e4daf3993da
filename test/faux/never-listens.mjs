// Runs, and is never ready; as a client, it never dials.
console.log("thinking about it");
setInterval(() => {}, 60_000);
