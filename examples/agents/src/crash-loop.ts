/** Time until it ends, in ms. */
const crashAfterMs = Number(process.env.CRASH_AFTER_MS ?? 200);

console.log('The crash loop starts');
setTimeout(() => {
  console.error('The crash loop ends with code 3, as it always does');
  // Not process.exit: it could end before the last line is written.
  process.exitCode = 3;
}, crashAfterMs);
