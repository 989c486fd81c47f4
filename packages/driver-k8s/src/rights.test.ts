import { readFileSync } from 'node:fs';
import { loadYaml } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { lackingRights, type ResourceRule, rights, rightWords } from './rights.js';

const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
const pods = { group: '', resource: 'pods', verbs: ['get', 'list'] };
const logs = { group: '', resource: 'pods/log', verbs: ['get'] };

describe('lackingRights', () => {
  it('finds nothing lacking where a rule gives all, and all where none does', () => {
    expect(lackingRights([everything], rights)).toEqual([]);
    expect(lackingRights([], rights)).toEqual(rights);
  });

  it('puts the rules together, and names the verbs that no rule gives', () => {
    const rules = [
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      { verbs: ['list'], apiGroups: ['apps'], resources: ['pods'] },
    ];
    expect(lackingRights(rules, [pods])).toEqual([{ ...pods, verbs: ['list'] }]);
    expect(lackingRights([...rules, { verbs: ['list'], apiGroups: ['*'], resources: ['pods'] }], [pods])).toEqual([]);
  });

  it('takes a rule for pods for none for their logs, but one for all that is below', () => {
    expect(lackingRights([{ verbs: ['*'], apiGroups: [''], resources: ['pods'] }], [logs])).toEqual([logs]);
    expect(lackingRights([{ verbs: ['*'], apiGroups: [''], resources: ['*/log'] }], [logs])).toEqual([]);
  });

  it('takes a rule for certain names for none', () => {
    expect(lackingRights([{ ...everything, resourceNames: ['one'] }], [pods])).toEqual([pods]);
  });
});

describe('rightWords', () => {
  it('names verb, resource and group', () => {
    expect(rightWords({ group: 'apps', resource: 'deployments', verbs: ['get', 'list'] })).toBe(
      '"get", "list" for "deployments.apps"',
    );
    expect(rightWords(logs)).toBe('"get" for "pods/log"');
  });
});

describe('the shipped role', () => {
  const text = readFileSync(new URL('../manifests/cluster-role.yaml', import.meta.url), 'utf8');
  const { rules } = loadYaml<{ rules: ResourceRule[] }>(text);

  it('gives each of them', () => {
    expect(lackingRights(rules, rights)).toEqual([]);
  });

  it('gives besides them only what the driver can do without', () => {
    const given = rules.flatMap(({ apiGroups = [], resources = [], verbs }) =>
      resources.map((resource) => ({ group: apiGroups[0] ?? '', resource, verbs })),
    );
    const known = rights.map(({ group, resource, verbs }) => ({ apiGroups: [group], resources: [resource], verbs }));
    expect(lackingRights(known, given).map(rightWords)).toEqual([
      '"list", "watch" for "events"',
      '"list" for "pods.metrics.k8s.io"',
    ]);
  });
});
