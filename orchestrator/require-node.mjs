// Plain JavaScript that any Node reads: says what to do where TypeScript could not even be loaded.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  console.error(
    `wsmatrix needs Node 24 and runs under ${process.versions.node}: run \`npm ci\`, which brings its own`,
  );
  process.exit(2);
}
