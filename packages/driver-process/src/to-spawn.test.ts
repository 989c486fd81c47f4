import type { InstanceSpec } from '@moorage/core/driver';
import { describe, expect, it } from 'vitest';
import { type SpawnFacts, toSpawn, volumeVariable } from './to-spawn.js';

const spec: InstanceSpec = {
  kind: 'agent',
  name: 'moor-d-1-0-abc-1',
  owner: 'owner',
  tenant: 'tenant',
  deploymentId: 'd-1',
  agentId: 'agent.a',
  ordinal: 0,
  attempt: 1,
  templateHash: 'abc',
  restartEpoch: 0,
  source: { kind: 'program', language: 'node', version: undefined, entrypoint: 'agent.mjs' },
  command: undefined,
  env: { A: 'plain', PORT: '1' },
  secretEnv: { B: 'secret' },
  port: 8080,
  resources: { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined },
  user: '65534:65534',
  readOnlyRoot: true,
  isolated: false,
  egress: 'internet',
  volumes: [{ name: 'my-data', path: '/data' }],
  graceMs: 1000,
};

const facts: SpawnFacts = {
  execPath: '/bin/node',
  nodeVersion: '20.19.0',
  cwd: '/home/app',
  hostEnv: { PATH: '/bin', DATABASE_URL: 'postgres://secret', HOME: '/home/me' },
  port: 23456,
  instanceId: 'uid',
  volumes: { 'my-data': '/state/volumes/my-data' },
  findProgram: (name) => ({ python3: '/bin/python3', tool: '/bin/tool', '/home/app/bin/x': '/home/app/bin/x' })[name],
  isFile: (path) => path === '/home/app/agent.mjs' || path === '/else/agent.py',
};

const program = (language: string, entrypoint: string, version?: string): InstanceSpec => ({
  ...spec,
  source: { kind: 'program', language, version, entrypoint },
});

describe('toSpawn', () => {
  it('runs a Node program with an environment of its own', () => {
    expect(toSpawn(spec, facts)).toEqual({
      file: '/bin/node',
      args: ['/home/app/agent.mjs'],
      cwd: '/home/app',
      env: {
        PATH: '/bin',
        HOME: '/home/me',
        A: 'plain',
        B: 'secret',
        MOORAGE_VOLUME_MY_DATA: '/state/volumes/my-data',
        PORT: '23456',
        HOST: '127.0.0.1',
        MOORAGE_INSTANCE: 'moor-d-1-0-abc-1',
        MOORAGE_INSTANCE_ID: 'uid',
      },
    });
  });

  it.each([
    [program('Python', '/else/agent.py'), '/bin/python3', ['/else/agent.py']],
    [program('exec', 'tool'), '/bin/tool', []],
    [{ ...program('rust', ''), command: ['tool', '--flag', 'ü'] }, '/bin/tool', ['--flag', 'ü']],
    [{ ...program('node', 'agent.mjs'), command: ['bin/x'] }, '/home/app/bin/x', []],
    [program('node', 'agent.mjs', '>=20'), '/bin/node', ['/home/app/agent.mjs']],
    [program('node', 'agent.mjs', '20.19'), '/bin/node', ['/home/app/agent.mjs']],
  ])('finds the program %#', (wanted, file, args) => {
    expect(toSpawn(wanted, facts)).toMatchObject({ file, args });
  });

  it.each([
    [{ ...spec, source: { kind: 'image', image: 'a:1' } as const }, 'image "a:1"', 'runtime.entrypoint'],
    [{ ...spec, isolated: true }, 'walls between tenants', 'Docker or Kubernetes'],
    [{ ...spec, egress: 'none' as const }, 'outgoing traffic', 'internet'],
    [{ ...spec, kind: 'run' as const }, 'kind "run"', 'Docker'],
    [{ ...spec, resources: { ...spec.resources, memoryBytes: 1 } }, 'memoryBytes', 'leave runtime.resources out'],
    [program('cobol', 'agent.mjs'), 'language "cobol"', 'runtime.command'],
    [program('node', 'agent.mjs', '22'), 'Node 22', 'Node 20.19.0'],
  ])('refuses what a process cannot give, with the way out %#', (wanted, what, wayOut) => {
    expect(() => toSpawn(wanted, facts)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    expect(() => toSpawn(wanted, facts)).toThrow(what);
    expect(() => toSpawn(wanted, facts)).toThrow(wayOut);
  });

  it.each([
    [program('node', 'absent.mjs'), 'absent.mjs'],
    [program('node', ''), 'runtime.entrypoint'],
    [program('exec', 'absent'), 'absent'],
    [{ ...spec, command: ['./absent'] }, './absent'],
    [{ ...spec, command: [''] }, '""'],
  ])('names a program that cannot be found %#', (wanted, name) => {
    const thrown = (() => {
      try {
        return toSpawn(wanted, facts);
      } catch (error) {
        return error as Error & { code: string; context: object };
      }
    })();
    expect(thrown).toMatchObject({ code: 'invalid_argument' });
    expect(JSON.stringify([(thrown as Error).message, (thrown as { context?: object }).context])).toContain(
      JSON.stringify(name).slice(1, -1),
    );
  });

  it('says python is missing', () => {
    const without = { ...facts, findProgram: () => undefined };
    expect(() => toSpawn(program('python', '/else/agent.py'), without)).toThrow('install python3');
  });
});

it('names the variable of a volume', () => {
  expect(volumeVariable('a-b-1')).toBe('MOORAGE_VOLUME_A_B_1');
});
