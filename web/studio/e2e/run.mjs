// `node e2e/run.mjs JOURNEY`: one journey through the studio of the server at STUDIO_URL.
const { journey } = await import(`./journeys/${process.argv[2]}.mjs`);
const told = await journey();
process.stdout.write(`${JSON.stringify(told ?? {})}\n`);
