/** Churn and faults on one real engine; started by `npm run chaos`, once for each engine. */
import { chaosDrivers } from './support/plan.js';
import { readOrder } from './support/read-order.js';
import { createReport } from './support/report.js';
import { runChaos } from './support/run-chaos.js';

const order = readOrder(process.argv.slice(2));
if (!chaosDrivers.includes(order.driver)) throw new Error(`There is no engine "${order.driver}"`);
const report = createReport((text) => process.stdout.write(text));
report.say(`${order.driver} (${order.part}), seed ${order.seed}${order.short ? ', short' : ''}`);
try {
  await runChaos(order, report);
} catch (thrown) {
  report.violation('run', `it did not come to its end: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
}
const { counts, longest } = report;
const reasons = [...report.lostBy].map(([why, count]) => `${count} ${why}`).join(', ');
const kills = counts.hostKills + counts.databaseKills + counts.engineKills + counts.freezes;
report.say(
  `${order.driver} (${order.part}): host killed ${counts.hostKills} and frozen ${counts.freezes}, database ` +
    `${counts.databaseKills}, engine ${counts.engineKills}; ${counts.acknowledged} of ${counts.requests} requests ` +
    `acknowledged, ${counts.lost} without an answer (${reasons}); ${counts.quietPoints} quiet points, the longest after ` +
    `${(longest.settle / 1000).toFixed(1)} s; ${counts.surpluses} surpluses, the longest ` +
    `${(longest.surplus / 1000).toFixed(1)} s; ${counts.spoiltRollOuts} roll-outs spoilt by a fault`,
);
process.stdout.write(`${kills} kills, ${counts.requests} requests, ${report.violations()} violations\n`);
process.exit(report.violations() === 0 ? 0 : 1);
