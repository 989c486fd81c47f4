import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { longTest } from './faults/support/patience.js';
import { clusterEnv } from './support/cluster-env.js';
import { failsToStart } from './support/fails-to-start.js';
import { newPlace, type Place } from './support/host-process.js';
import { kubectl } from './support/kubectl.js';
import { until } from './support/shell.js';

let place: Place;
beforeEach(async () => {
  place = await newPlace('kubernetes', clusterEnv());
});
afterEach(async () => place.clean());

describe('what cannot work on a cluster is told in one line', () => {
  it('an image that nobody can get', longTest, async () => {
    expect(await failsToStart(place, { MOORAGE_LOAD_IMAGE: '' })).toMatch(
      /MOORAGE_CALCULATOR_IMAGE.*MOORAGE_LOAD_IMAGE/,
    );
    const line = await failsToStart(place, { MOORAGE_LOAD_IMAGE: 'echo "no room for it" >&2; false' });
    expect(line).toMatch(/MOORAGE_LOAD_IMAGE .*could not load the image "moorage-calculator:\w+": no room for it/);
    const unknown = { MOORAGE_LOAD_IMAGE: '', MOORAGE_CALCULATOR_IMAGE: 'registry.invalid/none:1' };
    const probes = () => kubectl(['get', 'namespaces', '-l', 'moorage.role=probe', '-o', 'name']);
    const before = await probes();
    expect(await failsToStart(place, unknown)).toMatch(/cannot be started.*registry\.invalid.*Give another image/);
    // Both tries have taken away what they made, also the one that was still under way.
    await until(probes, (left) => left.split('\n').every((name) => before.includes(name)));
  });

  it('a way to agents that does not work from here', longTest, async () => {
    expect(await failsToStart(place, { MOORAGE_ENDPOINTS: 'dns' })).toMatch(/"dns" from here.*Choose "pod"/);
  });

  it('rights that are lacking', longTest, async () => {
    const name = `moorage-failures-${randomBytes(5).toString('hex')}`;
    await kubectl(['create', 'namespace', name]);
    try {
      await kubectl(['create', 'serviceaccount', name, '-n', name]);
      const KUBECONFIG = join(dirname(place.folder), 'limited.json');
      writeFileSync(KUBECONFIG, await limitedKubeconfig(name));
      expect(await failsToStart(place, { KUBECONFIG })).toMatch(/lacks the verb "get" for "namespaces"/);
      const role = ['--clusterrole=view', `--serviceaccount=${name}:${name}`];
      await kubectl(['create', 'clusterrolebinding', name, ...role]);
      const told = await until(
        () => failsToStart(place, { KUBECONFIG }),
        (line) => !/"get" for "namespaces"/.test(line),
      );
      expect(told).toMatch(/lacks "create", "patch", "delete" for "namespaces"; .*"deployments\.apps".* Grant it/);
    } finally {
      await kubectl(['delete', 'clusterrolebinding', name, '--ignore-not-found']);
      await kubectl(['delete', 'namespace', name, '--wait=false']);
    }
  });
});

/** For the cluster of the test, by the token of a service account. */
async function limitedKubeconfig(name: string): Promise<string> {
  const token = (await kubectl(['create', 'token', name, '-n', name])).trim();
  const config = JSON.parse(await kubectl(['config', 'view', '--raw', '--minify', '-o', 'json']));
  return JSON.stringify({ ...config, users: [{ name: config.users[0].name, user: { token } }] });
}
