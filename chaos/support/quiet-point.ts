import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentRecord } from '@moorage/core';
import { checkAudits } from './check-records.js';
import { findUnsettled, type Look, recordOf, wishOf } from './find-unsettled.js';
import type { Scene } from './scene.js';

/** Much more than three resyncs, for a machine that is busy with other things as well. */
const settleWithinMs = 120_000;
/** A back-off of a crash loop may take five minutes and a quarter. */
const backOffMs = 420_000;
const tellEveryMs = 20_000;
/** Something that was read while it changed must not pass for what lasts. */
const looks = 2;

/** Waits until everything is as it was asked for, and judges what has come of all requests. False: it never was. */
export async function quietPoint(scene: Scene): Promise<boolean> {
  const { report, slots, hosts } = scene;
  const began = performance.now();
  let told = began;
  let last: Look | undefined;
  let problems: readonly string[] = ['nothing was looked at'];
  for (let good = 0; good < looks; ) {
    if (performance.now() - began > (last?.records.some(waits) ? backOffMs : settleWithinMs)) break;
    last = await findUnsettled(scene).catch((thrown: unknown) => {
      problems = [`cannot look: ${String(thrown)}`];
      return undefined;
    });
    if (last) problems = last.problems;
    good = problems.length === 0 ? good + 1 : 0;
    if (good === 0 && performance.now() - told > tellEveryMs) {
      told = performance.now();
      report.say(`waiting: ${problems.join('; ').slice(0, 1_000)}; ${await figuresOf(hosts)}`);
    }
    await sleep(300);
  }
  const tookMs = performance.now() - began;
  report.counts.quietPoints += 1;
  report.longest.settle = Math.max(report.longest.settle, tookMs);
  for (const problem of problems) report.violation('I12', problem);
  const { records = [], seen = [] } = last ?? {};
  for (const slot of slots) {
    const record = recordOf(slot, records);
    if (record && record.status.failedHash === record.desired.templateHash) report.counts.spoiltRollOuts += 1;
    slot.settle(wishOf(record));
  }
  await checkAudits(scene);
  const running = seen.filter(({ state }) => state === 'running').length;
  const words = `quiet after ${(tookMs / 1000).toFixed(1)} s: ${records.length} deployments, ${seen.length} instances`;
  report.say(`${words} (${running} run), ${hosts.length} hosts, ${report.violations()} violations so far`);
  return problems.length === 0;
}

/** An instance of it ended, and is tried again later only. */
const waits = ({ status }: DeploymentRecord) => status.slots.some(({ failures }) => failures > 0);

/** What each host says of its own work, for whoever looks for the reason. */
async function figuresOf(hosts: Scene['hosts']): Promise<string> {
  const wanted = /^\w*(work_queue_size|engine_calls_in_flight|shards_held) .*$/gm;
  const told = await Promise.all(
    hosts.map(async ({ hostId, apiUrl }) => {
      const signal = AbortSignal.timeout(5_000);
      const text = await fetch(`${apiUrl}/metrics`, { signal }).then((answer) => answer.text(), String);
      return `${hostId}: ${text.match(wanted)?.join(', ') ?? text.slice(0, 200)}`;
    }),
  );
  return told.join('; ');
}

/** I4: all hosts are killed and come back, and nothing that runs has changed. */
export async function steadyRestart(scene: Scene): Promise<void> {
  const { rig, owner, hosts, report, resyncMs } = scene;
  if (rig.order.kind === 'memory') return;
  const before = await rig.lives(owner);
  for (const host of hosts) {
    while (!host.kill(0)) await sleep(50);
    report.counts.hostKills += 1;
  }
  await sleep(500);
  while (hosts.some((host) => !host.ready())) await sleep(50);
  await sleep(3 * resyncMs);
  const after = await rig.lives(owner);
  for (const [name, life] of before) {
    const now = after.get(name);
    if (now === undefined) report.violation('I4', `${name} is gone after a restart of the host`);
    else if (now !== life) report.violation('I4', `${name} was ${life}, and is ${now} after a restart of the host`);
  }
  for (const name of after.keys())
    if (!before.has(name)) report.violation('I4', `${name} is new after a restart of the host`);
}
