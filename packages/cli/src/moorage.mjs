#!/usr/bin/env node
// Not built, so that npm can link it in a clone before the first build.
const built = new URL('../dist/index.js', import.meta.url);
const { main } = await import(built.href).catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || error.url !== built.href) throw error;
  process.stderr.write('moorage: it is not built yet: npm run build\n');
  process.exit(70);
});
await main();
