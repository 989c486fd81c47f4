import { describe, expect, it } from 'vitest';
import type { PodObject, ServiceObject } from './kube-objects.js';
import { lacksAddress, toAddress } from './to-address.js';

const service = (spec: object): ServiceObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'moor-d-1', namespace: 'moor-n' },
  spec: { ports: [{ port: 8080, nodePort: 31_000 }], ...spec },
});

function pod(name: string, hostIP: string | undefined, ready: boolean, metadata: object = {}): PodObject {
  const containerStatuses = [{ name: 'agent', ready, restartCount: 0 }];
  const status = { ...(hostIP === undefined ? {} : { hostIP }), containerStatuses };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, creationTimestamp: '2026', ...metadata }, status };
}

const ways = (endpoints: 'pod' | 'dns' | 'service' | 'node-port', nodeAddress?: string) => ({ endpoints, nodeAddress });

describe('toAddress', () => {
  it.each([
    ['pod', undefined],
    ['dns', { host: 'moor-d-1.moor-n.svc', port: 8080 }],
    ['service', { host: '10.96.0.9', port: 8080 }],
    ['node-port', { host: '192.168.0.7', port: 31_000 }],
  ] as const)('by %s', (endpoints, expected) => {
    const found = service({ clusterIP: '10.96.0.9' });
    expect(toAddress(found, [pod('a', '192.168.0.7', true)], ways(endpoints))).toEqual(expected);
  });

  it('has none where the cluster gives none', () => {
    expect(toAddress(service({ clusterIP: 'None' }), [], ways('service'))).toBeUndefined();
    expect(toAddress(service({}), [], ways('node-port'))).toBeUndefined();
    expect(toAddress(undefined, [], ways('dns'))).toBeUndefined();
    const noPort = service({ ports: [{ port: 8080 }] });
    expect(toAddress(noPort, [pod('a', '192.168.0.7', true)], ways('node-port'))).toBeUndefined();
  });

  it('takes the node of the oldest instance that is ready, or the one that is given', () => {
    const pods = [
      pod('leaving', '10.0.0.1', true, { creationTimestamp: '2020', deletionTimestamp: '2026' }),
      pod('starting', '10.0.0.2', false, { creationTimestamp: '2021' }),
      pod('younger', '10.0.0.3', true, { creationTimestamp: '2024' }),
      pod('oldest', '10.0.0.4', true, { creationTimestamp: '2022' }),
      pod('waiting', undefined, false),
    ];
    expect(toAddress(service({}), pods, ways('node-port'))?.host).toBe('10.0.0.4');
    expect(toAddress(service({}), pods, ways('node-port', 'nodes.example'))?.host).toBe('nodes.example');
    expect(toAddress(service({}), pods.slice(1, 2), ways('node-port'))?.host).toBe('10.0.0.2');
  });
});

describe('lacksAddress', () => {
  it('tells a Service that is missing, or has no port of the nodes where one is needed', () => {
    const plain = service({ ports: [{ port: 8080 }] });
    expect(lacksAddress(undefined, 'pod')).toBe(false);
    expect(lacksAddress(undefined, 'dns')).toBe(true);
    expect(lacksAddress(plain, 'service')).toBe(false);
    expect(lacksAddress(plain, 'node-port')).toBe(true);
    expect(lacksAddress(service({}), 'node-port')).toBe(false);
  });
});
