import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost, type Host, memoryDriver, memoryEngine, systemClock } from '@moorage/core';
import { createHttp, type Http } from '@moorage/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliProgram, cliProgram } from './cli-process.js';

const token = 'a-token-for-this-test';
const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: { image: 'calculator:1', probes: { interval_ms: 1000, failure_threshold: 10 } },
};

let cli: CliProgram;
let host: Host;
let http: Http;
let server: Server;
let url = '';
let id = '';
let instance = '';
let state = '';
const engine = memoryEngine({ clock: systemClock });

beforeAll(async () => {
  cli = await cliProgram();
  state = await mkdtemp(join(tmpdir(), 'moorage-cli-'));
  await writeFile(join(state, 'token'), `${token}\n`);
  host = await createHost({ driver: memoryDriver({ engine }) });
  http = createHttp(host, { token });
  server = createServer(http.node);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const handle = await host.deploy(manifest, { tenant: 'customer-1', replicas: 2 });
  await handle.ready();
  id = handle.id;
  const view = await handle.view();
  instance = view.instances[0]?.observed.name ?? '';
  engine.logLine(instance, 'first line');
  engine.logLine(instance, 'second line');
});

afterAll(async () => {
  http.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await host.close();
  await rm(state, { recursive: true, force: true });
  await cli.remove();
});

describe('moorage list', () => {
  it('prints the agents, with the token of the state folder', async () => {
    const { code, out, err } = await cli.run(['list', '--url', url, '--state', state]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [head, line, rest] = out.split('\n');
    expect(head).toMatch(/^STATE +HEALTH +READY +AGENT +CUSTOMER +ADDRESS +ID$/);
    expect(line?.split(/ +/)).toEqual(
      expect.arrayContaining(['ready', 'healthy', '2/2', 'agent.calculator', 'customer-1', id]),
    );
    expect(rest).toBe('');
  });

  it('prints them as JSON, and only those that were asked for', async () => {
    const env = { MOORAGE_URL: url, MOORAGE_TOKEN: token };
    const all = await cli.run(['list', '--json'], env);
    expect(JSON.parse(all.out)).toMatchObject([{ container_id: id, phase: 'ready' }]);
    const none = await cli.run(['list', '--customer', 'customer-2'], env);
    expect(none).toEqual({ code: 0, out: 'There are no agents.\n', err: '' });
  });

  it('says in one line what is wrong', async () => {
    const locked = await cli.run(['list', '--url', url, '--token', 'another-token-than-that']);
    expect(locked.code).toBe(77);
    expect(locked.err).toMatch(/^moorage: .+\n$/);
    const away = await cli.run(['list', '--url', await nobodysUrl()]);
    expect(away.code).toBe(75);
    expect(away.err).toMatch(/^moorage: Cannot reach .+\n$/);
  });
});

describe('moorage logs', () => {
  const access = () => ['--url', url, '--token', token];

  it('prints the last lines', async () => {
    const { code, out } = await cli.run(['logs', id, '--tail', '1', '--instance', instance, ...access()]);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^\\S+ ${instance} second line\n$`));
  });

  it('follows until it is ended', async () => {
    const following = cli.start(['logs', id, '--follow', '--json', ...access()]);
    await following.until('second line');
    engine.logLine(instance, 'a later line');
    await following.until('a later line');
    following.process.kill('SIGINT');
    expect((await following.ended).code).toBe(0);
  });

  it('says which agent there is not', async () => {
    const { code, err } = await cli.run(['logs', 'd-none', ...access()]);
    expect(code).toBe(66);
    expect(err).toContain('d-none');
  });
});

describe('moorage events', () => {
  const access = () => ['--url', url, '--token', token];

  it('prints what happened and ends; after an event only what came later', async () => {
    const all = await cli.run(['events', '--json', ...access()]);
    expect(all.code).toBe(0);
    const events = all.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; type: string });
    expect(events[0]?.type).toBe('deployment-created');
    expect(events.map((event) => event.type)).toContain('deployment-ready');
    const later = await cli.run(['events', '--after', events[0]?.id ?? '', '--json', ...access()]);
    expect(later.out.startsWith(all.out.slice(all.out.indexOf('\n') + 1))).toBe(true);
    const text = await cli.run(['events', '--container', id, ...access()]);
    expect(text.out).toMatch(new RegExp(`^\\S+ deployment-created customer-1/agent\\.calculator ${id}: .+\n`));
  });

  it('follows what is to come', async () => {
    const following = cli.start(['events', '--follow', '--after', 'start', ...access()]);
    await following.until('deployment-created');
    const second = await host.deploy({ ...manifest, agent_id: 'agent.second' }, { tenant: 'customer-2' });
    await following.until(`deployment-ready customer-2/agent.second ${second.id}`);
    following.process.kill('SIGTERM');
    expect((await following.ended).code).toBe(0);
    await second.remove();
    await second.gone();
  });

  it('says that nobody is there, also when it is to follow', async () => {
    const { code, err } = await cli.run(['events', '--follow', '--url', await nobodysUrl()]);
    expect(code).toBe(75);
    expect(err).toContain('Cannot reach');
  });
});

/** Where nobody listens. */
async function nobodysUrl(): Promise<string> {
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  return `http://127.0.0.1:${port}`;
}
