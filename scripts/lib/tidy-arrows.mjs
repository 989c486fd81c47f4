// Who may import whom: between packages (`packageArrows`) and between the rooms of core (`roomArrows`).
import { posix } from 'node:path';
import { importsOf } from './tidy-source.mjs';

const scope = '@moorage/';

/** What the sources of a package may import of ours. Tests may also use core (all entries) and protocol. */
const allowedOf = {
  protocol: [],
  core: ['protocol/base'],
  gateway: ['core', 'core/driver', 'protocol'],
  http: ['core', 'protocol'],
  cli: ['core', 'protocol', 'driver-docker', 'driver-process', 'store-postgres'],
};

function allowedFor(name) {
  if (allowedOf[name]) return allowedOf[name];
  if (name.startsWith('driver-')) return ['core/driver'];
  if (name.startsWith('store-')) return ['core/store'];
  if (name.startsWith('queue-') || name === 'marketplace') return ['core', 'protocol'];
  return undefined;
}

const forTests = ['core', 'core/driver', 'core/store', 'core/testing', 'protocol', 'protocol/base', 'protocol/shell'];

/** What tests of one package need beside that. */
const alsoForTests = { cli: ['http'] };

const packageOf = (path) => /^packages\/([^/]+)\//.exec(path)?.[1];

function allowedTargets(file, name) {
  const own = [name];
  const beyond = allowedFor(name);
  if (beyond === undefined) return undefined;
  if (name === 'protocol' || !(file.test || file.testing)) return [...beyond, ...own];
  if (name.startsWith('driver-'))
    return [...beyond, ...own, 'core', 'core/testing', 'protocol', 'protocol/base', 'protocol/shell'];
  return [...beyond, ...own, ...forTests, ...(alsoForTests[name] ?? [])];
}

/** Arrows between packages, and no way around them by a relative path. */
export function packageArrows(file) {
  const name = packageOf(file.path);
  const folder = /^((?:packages|examples)\/[^/]+)\//.exec(file.path)?.[1];
  if (folder === undefined) return [];
  return importsOf(file).flatMap(({ specifier, line }) => {
    if (specifier.startsWith('.')) {
      const target = posix.normalize(posix.join(posix.dirname(file.path), specifier));
      const inside = target.startsWith(`${folder}/`) || (file.test && !target.startsWith('packages/'));
      return inside ? [] : [{ line, message: `"${specifier}" leaves ${folder}: import the package by its name` }];
    }
    if (!specifier.startsWith(scope) || name === undefined) return [];
    const target = specifier.slice(scope.length);
    const allowed = allowedTargets(file, name);
    if (allowed === undefined) {
      return [{ line, message: `the package ${name} is not in the table of arrows (scripts/lib/tidy-arrows.mjs)` }];
    }
    if (allowed.includes(target)) return [];
    const may = allowed.filter((entry) => entry !== name).map((entry) => scope + entry);
    return [{ line, message: `${name} may not import ${specifier}, only ${may.join(', ') || 'nothing of ours'}` }];
  });
}

/** Rooms of core: what each may import of the others, and of packages. `''` is the top level, the facade's. */
const rooms = {
  model: { rooms: [], modules: ['@moorage/protocol/base', 'zod'] },
  decide: { rooms: ['model'], modules: ['@moorage/protocol/base', 'node:crypto'] },
  ports: { rooms: ['model'], modules: [] },
  engine: { rooms: ['model', 'decide', 'ports'], modules: 'any' },
  memory: { rooms: ['model', 'ports', 'decide'], modules: ['@moorage/protocol/base', 'node:crypto'] },
  testing: { rooms: ['', 'model', 'decide', 'ports', 'engine', 'memory'], modules: 'any' },
  '': { rooms: ['model', 'decide', 'ports', 'engine', 'memory'], modules: 'any' },
};

/** Types of the facade, which the engine implements. */
const sharedFiles = ['host-types'];

const coreRoom = (path) => {
  const inner = path.slice('packages/core/src/'.length);
  return inner.includes('/') ? inner.split('/')[0] : '';
};

function roomProblem(room, rule, file, specifier) {
  const shown = room === '' ? 'the top level' : `${room}/`;
  if (!specifier.startsWith('.')) {
    if (rule.modules === 'any' || rule.modules.includes(specifier)) return undefined;
    return `${shown} of core may not import ${specifier}`;
  }
  const target = posix.normalize(posix.join(posix.dirname(file.path), specifier));
  const other = coreRoom(target);
  if (other === room || rule.rooms.includes(other)) return undefined;
  if (room === 'engine' && other === '' && sharedFiles.includes(posix.basename(target, '.js'))) return undefined;
  return `${shown} of core may not import ${other === '' ? specifier : `${other}/`}`;
}

export function roomArrows(file) {
  if (!file.path.startsWith('packages/core/src/') || file.test) return [];
  const room = coreRoom(file.path);
  const rule = rooms[room];
  if (!rule)
    return [{ line: 1, message: `core has no room ${room}/: it has ${Object.keys(rooms).filter(Boolean).join(', ')}` }];
  return importsOf(file).flatMap(({ specifier, line }) => {
    const message = roomProblem(room, rule, file, specifier);
    return message ? [{ line, message }] : [];
  });
}

/** `decide/` is synchronous. */
export function synchronousDecisions(file) {
  if (!file.path.startsWith('packages/core/src/decide/') || file.test) return [];
  return file.lines.flatMap((line, index) =>
    /^\s*(\/\/|\/?\*)/.test(line) || !/\b(async|await|Promise)\b/.test(line)
      ? []
      : [{ line: index + 1, message: 'decide/ is synchronous and pure' }],
  );
}

export const arrowRules = { packageArrows, roomArrows, synchronousDecisions };
