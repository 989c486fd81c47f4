import { open as openFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeploymentHandle, verifyAuditChain } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import type pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { ask } from './support/ask.js';
import { type Fire, openFire } from './support/fire.js';
import { longTest, patience, readyIn } from './support/patience.js';
import { customer, expectCaughtUp, expectServing, wish, wishUntilRefused } from './support/wishes.js';

let fire: Fire | undefined;
afterEach(async () => {
  await fire?.close();
  fire = undefined;
});

/** A host with one agent that is ready. */
async function burning(options: Parameters<typeof openFire>[0] = {}) {
  const open = await openFire(options);
  fire = open;
  const handle = await open.host.deploy(open.world.manifest('good', { agentId: 'agent.first' }), { tenant: customer });
  await handle.ready(readyIn);
  return { open, handle, address: handle.address, ids: [handle.id] };
}

it('killed: what runs goes on, wishes are refused, and all of it is caught up with', longTest, async () => {
  const { open, handle, address, ids } = await burning();
  const wishes = wishUntilRefused(open, 'killed');
  process.kill(open.server().pid() ?? 0, 'SIGKILL');
  ids.push(...(await wishes));
  await expectServing(open, address);
  // What ends meanwhile is made again afterwards.
  const { pid } = await ask(address);
  process.kill(pid, 'SIGKILL');
  await open.restart();
  await expectCaughtUp(open, ids);
  expect((await ask(handle.address)).pid).not.toBe(pid);
});

it('slow: everything is later, and nothing wrong', longTest, async () => {
  const { open, ids } = await burning();
  open.proxy.delay(100);
  const answer = await wish(open, 'slow');
  expect(answer.status).toBeLessThan(300);
  await expectCaughtUp(open, [...ids, answer.body.data?.container_id ?? '']);
});

it('silent: a database that no longer answers is as one that is away', longTest, async () => {
  const { open, address, ids } = await burning({ timeoutMs: 2_000 });
  open.proxy.hold();
  await expectServing(open, address);
  open.proxy.release();
  await expectCaughtUp(open, ids);
});

it('full: the disk has no room, and has it again', longTest, async () => {
  const { open, address, ids } = await burning({ diskMegabytes: 160 });
  const ballast = join(open.folder, '../ballast');
  // Grows until nothing more fits; what the server has is its own.
  await fill(ballast);
  ids.push(...(await wishUntilRefused(open, 'full')));
  // What fits into room that is there already is still taken, leases for one: the host may well call itself ready.
  await expectServing(open, address, { mayBeReady: true });
  // It may even end, for want of room for its log of changes.
  for (let files = 0; files < 5; files += 1) await open.query('select pg_switch_wal()').catch(() => undefined);
  await expectServing(open, address, { mayBeReady: true });
  await rm(ballast);
  await eventually(
    'the server answers',
    async () => {
      // The one of a host starts again by itself, this one by hand.
      if (open.server().pid() === undefined) await open.restart();
      return open.query('select 1').catch(() => undefined);
    },
    patience,
  );
  await expectCaughtUp(open, ids);
});

it('read-only: as after a failover to a server that follows', longTest, async () => {
  const { open, address, ids } = await burning();
  await open.query('alter system set default_transaction_read_only = on');
  await open.query('select pg_reload_conf()');
  ids.push(...(await wishUntilRefused(open, 'read-only')));
  await expectServing(open, address);
  await open.query('alter system reset default_transaction_read_only');
  await open.query('select pg_reload_conf()');
  await expectCaughtUp(open, ids);
});

it('out of connections: others have them all', longTest, async () => {
  const { open, address, ids } = await burning();
  await open.query('alter system set max_connections = 25');
  await open.restart();
  const others = await takeAllConnections(open);
  ids.push(...(await wishUntilRefused(open, 'crowded')));
  await expectServing(open, address);
  await Promise.all(others.map((one) => one.end()));
  await expectCaughtUp(open, ids);
});

it('killed in the middle of transactions: each is there as a whole, or not at all', longTest, async () => {
  const { open, ids } = await burning();
  const busy = await open.host.deploy(open.world.manifest('good', { agentId: 'agent.busy' }), { tenant: customer });
  await busy.park();
  const ends = new AbortController();
  const acknowledged: string[] = [];
  const refusals: unknown[] = [];
  const changing = keepChanging(busy, ends.signal, acknowledged, refusals);
  for (let round = 0; round < 4; round += 1) {
    const taken = acknowledged.length;
    await eventually('wishes are taken', () => acknowledged.length > taken, patience);
    const before = refusals.length;
    // One process of the server dies: the server ends all the others and repairs itself.
    await eventually(
      'a transaction is cut off',
      async () => {
        const found = await open
          .query(`select pid from pg_stat_activity where application_name = 'moorage' and state <> 'idle' limit 1`)
          .catch(() => []);
        for (const { pid } of found) killIfThere(Number(pid));
        return refusals.length > before;
      },
      patience,
    );
  }
  ends.abort();
  await changing;
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'unavailable' });
  await expectCaughtUp(open, ids);
  const audit = await busy.audit();
  expect(verifyAuditChain(audit)).toBeUndefined();
  const actors = audit.map((record) => record.actor);
  for (const actor of acknowledged) expect(actors.filter((one) => one === actor)).toHaveLength(1);
});

/** Wishes that no engine has to do anything for; notes the actors of those that were acknowledged. */
async function keepChanging(
  parked: DeploymentHandle,
  signal: AbortSignal,
  acknowledged: string[],
  refusals: unknown[],
): Promise<void> {
  for (let count = 0; !signal.aborted; count += 1) {
    const actor = `writer-${count}`;
    await parked.scale(1 + (count % 2), { actor }).then(
      // One that asks for what is there already writes nothing.
      ({ from, to }) => void (from !== to && acknowledged.push(actor)),
      (thrown: unknown) => refusals.push(thrown),
    );
  }
}

/** Whatever the server has left is taken, and the host's are ended, until it has none. */
async function takeAllConnections(open: Fire): Promise<readonly pg.Client[]> {
  const others: pg.Client[] = [];
  const takeFree = async () => {
    for (;;) {
      const one = open.client();
      const isIn = await one.connect().then(
        () => true,
        () => false,
      );
      if (!isIn) return;
      others.push(one);
    }
  };
  const ours = `from pg_stat_activity where application_name = 'moorage' and pid <> pg_backend_pid()`;
  await eventually(
    'the host has no connection left',
    async () => {
      await takeFree();
      const left = await others[0]?.query(`select pg_terminate_backend(pid) ${ours}`);
      await takeFree();
      return left?.rowCount === 0;
    },
    patience,
  );
  return others;
}

/** A file that grows until nothing more fits. */
async function fill(path: string): Promise<void> {
  const file = await openFile(path, 'w');
  try {
    for (const size of [1024 * 1024, 4096]) {
      const part = Buffer.alloc(size, 1);
      while ((await file.write(part).catch(() => undefined)) !== undefined);
    }
  } finally {
    await file.close();
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
