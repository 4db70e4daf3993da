// Cannot even start. EXIT_CODE: with what it ends.
console.error("no such thing as a library here");
process.exit(Number(process.env.EXIT_CODE ?? 7));
