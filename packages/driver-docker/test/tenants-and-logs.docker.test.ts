import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { label, labelFilter } from '../src/labels.js';
import { dockerRig, importBusybox } from './docker-rig.js';

const logMaxBytes = 1024 * 1024;
const rig = dockerRig({ logMaxBytes });
const image = rig.imageName();

beforeAll(() => importBusybox(rig.tools, image));
afterAll(() => rig.close());

describe('many tenants', () => {
  it('get a network each, more than the engine has by itself, and none is left afterwards', async () => {
    const specs = Array.from({ length: 34 }, (_, index) => rig.spec(image, { tenant: `tenant-${index}` }));
    // A few at a time, as a host would.
    for (let from = 0; from < specs.length; from += 4) {
      await Promise.all(specs.slice(from, from + 4).map((spec) => rig.driver.create(spec, rig.call())));
    }
    expect((await rig.list()).filter(({ state }) => state === 'running')).toHaveLength(34);
    const networks = await rig.tools.get<{ Id: string; IPAM: { Config: { Subnet: string }[] } }[]>('/networks', {
      filters: labelFilter({ [label.owner]: rig.owner }),
    });
    const subnets = networks.map(({ IPAM }) => IPAM.Config[0]?.Subnet ?? '');
    expect(new Set(subnets).size).toBe(34);
    expect(subnets.every((subnet) => /^10\.213\.\d+\.\d+\/26$/.test(subnet))).toBe(true);
    for (let from = 0; from < specs.length; from += 4) {
      await Promise.all(specs.slice(from, from + 4).map(({ name }) => rig.remove(name)));
    }
    expect(await rig.tools.leftovers(rig.owner)).toEqual([]);
  });
});

describe('100 MB of logs', () => {
  const line = 'x'.repeat(99);
  const script = `i=0; while [ $i -lt 100 ]; do cat /tmp/block; i=$((i+1)); done; while :; do echo the end; sleep 1; done`;
  const prepare = `i=0; while [ $i -lt 1000 ]; do echo ${line}; i=$((i+1)); done > /tmp/part; i=0; while [ $i -lt 10 ]; do cat /tmp/part; i=$((i+1)); done > /tmp/block`;

  it('stay capped on the engine, and keep their end', async () => {
    const spec = rig.spec(image, { command: ['/bin/sh', '-c', `${prepare}; ${script}`] });
    await rig.driver.create(spec, rig.call());
    const call = { ...rig.owned(), follow: false, tail: 1, since: undefined };
    await eventually(
      'the last line is there',
      async () => {
        // Refused, now and then, while the engine exchanges the files under it.
        for await (const { text } of rig.driver.logs?.(spec.name, call) ?? []) if (text === 'the end') return true;
        return false;
      },
      { deadlineMs: 90_000 },
    );
    const lines = await rig.logLines(spec.name);
    expect(lines.at(-1)?.text).toBe('the end');
    // What the engine keeps is written with some 70 bytes around each line, so less text than the cap is left.
    const kept = lines.reduce((sum, { text }) => sum + text.length + 1, 0);
    expect(kept).toBeLessThanOrEqual(logMaxBytes);
    expect(kept).toBeGreaterThan(logMaxBytes / 8);
    await rig.remove(spec.name);
  });
});
