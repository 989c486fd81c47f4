import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { delimiter, join } from 'node:path';
import { root } from './workspace.mjs';

const enginePath = '/var/run/docker.sock';

/** Where a Docker engine is looked for, as `node:http` wants it and as a person reads it. */
export function engineAddress(dockerHost = process.env.DOCKER_HOST || '') {
  if (dockerHost === '') return { shown: enginePath, options: { socketPath: enginePath } };
  if (dockerHost.startsWith('unix://')) {
    return { shown: dockerHost, options: { socketPath: dockerHost.slice('unix://'.length) } };
  }
  const url = URL.canParse(dockerHost.replace(/^tcp:/, 'http:')) ? new URL(dockerHost.replace(/^tcp:/, 'http:')) : null;
  return { shown: dockerHost, options: url ? { host: url.hostname, port: url.port || 2375 } : undefined };
}

/** Resolves true when a Docker engine answers there. */
export function engineAnswers({ options } = engineAddress()) {
  if (!options) return Promise.resolve(false);
  return new Promise((resolve) => {
    const ping = request({ ...options, path: '/_ping', timeout: 10_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

/** What the tests with an engine run besides it: a registry to pull from, and a tiny image's program. */
const programs = [
  { program: 'docker-registry', package: 'docker-registry' },
  { program: 'busybox', package: 'busybox-static' },
];

/** Which of these programs are not on this machine, and the packages that have them; undefined when all are there. */
export function missingPrograms(wanted, path = process.env.PATH ?? '') {
  const folders = path.split(delimiter).filter(Boolean);
  const absent = wanted.filter(({ program }) => !folders.some((folder) => existsSync(join(folder, program))));
  if (absent.length === 0) return undefined;
  const packages = absent.map((one) => one.package).join(' ');
  return `${absent.map(({ program }) => program).join(' and ')} not found (install the Debian packages: ${packages})`;
}

async function missingForDocker() {
  if (await engineAnswers()) return missingPrograms(programs);
  return `no Docker engine answers at ${engineAddress().shown} (start one, or name it in DOCKER_HOST)`;
}

async function missingForEngine() {
  const up = join(root, '../shared/docker/up');
  if (process.getuid?.() !== 0) return 'it starts and kills engines of its own, which needs root';
  if (!existsSync(up)) return 'it starts and kills engines of its own with ../shared/docker/up, which is not there';
  return missingForDocker();
}

async function missingForKubernetes() {
  const { MOORAGE_TEST_KUBECONFIG: given, KUBECONFIG: usual } = process.env;
  const kubeconfig = given || usual;
  if (!kubeconfig) return 'no cluster is named (start one and name its kubeconfig in MOORAGE_TEST_KUBECONFIG)';
  return existsSync(kubeconfig) ? undefined : `there is no kubeconfig at ${kubeconfig}`;
}

const nothingMissing = async () => undefined;

/** The suites in their order. `missing()` says what a suite lacks here; `minutes` is the longest it may take. */
export const suites = [
  { name: 'unit', minutes: 15, missing: nothingMissing },
  { name: 'local', minutes: 20, missing: nothingMissing },
  { name: 'postgres', minutes: 20, missing: nothingMissing },
  { name: 'docker', minutes: 30, missing: missingForDocker },
  { name: 'engine', minutes: 30, missing: missingForEngine },
  { name: 'kubernetes', minutes: 60, missing: missingForKubernetes },
  { name: 'packages', minutes: 15, missing: nothingMissing },
];

const list = (names) => names.map((name) => `"${name}"`).join(', ');

/**
 * Which suites to run. `selected`: the names given on the command line, none for all; `required`: the text of
 * MOORAGE_REQUIRE. Throws with one clear line when a name is no suite.
 */
export function chooseSuites(selected, required) {
  const known = suites.map(({ name }) => name);
  const must = required
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  for (const [from, names] of [
    ['command line', selected],
    ['MOORAGE_REQUIRE', must],
  ]) {
    const wrong = names.filter((name) => !known.includes(name));
    if (wrong.length > 0) throw new Error(`No such suite in ${from}: ${list(wrong)}. There are ${list(known)}`);
  }
  const chosen = suites.filter(({ name }) => selected.length === 0 || selected.includes(name));
  return chosen.map((suite) => ({ ...suite, required: must.includes(suite.name) || selected.includes(suite.name) }));
}
