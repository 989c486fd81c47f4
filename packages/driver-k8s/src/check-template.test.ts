import type { Template } from '@moorage/core/driver';
import { describe, expect, it } from 'vitest';
import { workload } from '../test/full-wish.js';
import { checkTemplate } from './check-template.js';
import { kubernetesDriver } from './kubernetes-driver.js';

const enforced = kubernetesDriver({ policies: 'enforced' }).capabilities;
const unknown = kubernetesDriver().capabilities;
const check = (change: Partial<Template>, capabilities = enforced) => {
  const template = { ...workload.template, ...change };
  return () => checkTemplate(template, capabilities, 'driver.apply');
};

describe('checkTemplate', () => {
  it('takes what the cluster can do', () => {
    expect(check({})).not.toThrow();
    expect(check({ isolated: true, egress: 'none', user: '1' })).not.toThrow();
    expect(check({}, unknown)).not.toThrow();
  });

  it.each<[string, Partial<Template>]>([
    ['verifyPolicies', { isolated: true }],
    ['verifyPolicies', { egress: 'none' }],
    ['runtime.image', { source: { kind: 'build', image: 'i', context: '.', dockerfile: 'Dockerfile' } }],
    ['leave it out', { resources: { ...workload.template.resources, pids: 9 } }],
    ['leave them out', { volumes: [{ name: 'v', path: '/v' }] }],
  ])('refuses what it cannot, with the way out: %s', (wayOut, change) => {
    expect(check(change, unknown)).toThrow(expect.objectContaining({ code: 'unsupported', retryable: false }));
    expect(check(change, unknown)).toThrow(wayOut);
  });

  it.each(['0', '0:0', 'root', ''])('refuses the user "%s"', (user) => {
    expect(check({ user })).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});

describe('kubernetesDriver', () => {
  it('refuses a time that would give up every connection', () => {
    expect(() => kubernetesDriver({ watchIdleMs: 10 })).toThrow(/watchIdleMs 10: give at least 1000/);
  });
});
