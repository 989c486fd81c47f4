import { describe, expect, it } from 'vitest';
import { options, workload } from '../test/full-wish.js';
import { toObjects } from './to-objects.js';
import { volumeSettings } from './volume-settings.js';

const volumes = [
  { name: 'data', path: '/data' },
  { name: 'cache-1', path: '/var/cache' },
];
const wish = { ...workload, template: { ...workload.template, volumes } };
const make = (settings = volumeSettings({})) => toObjects(wish, { ...options, volumes: settings });

interface PodPart {
  readonly containers: readonly { readonly volumeMounts: readonly object[] }[];
  readonly volumes: readonly object[];
  readonly securityContext: object;
}
const specOf = ({ deployment }: ReturnType<typeof make>) =>
  deployment.spec as { readonly strategy: object; readonly template: { readonly spec: PodPart } };

describe('the volumes of a deployment', () => {
  it('are a claim each, of the size, class and mode of the options', () => {
    const { claims, deployment } = make(volumeSettings({ storageClassName: 'fast', sizeBytes: 5 }));
    expect(claims.map(({ metadata }) => metadata.name)).toEqual([
      'moor-d-abcdefghijklmnop-data',
      'moor-d-abcdefghijklmnop-cache-1',
    ]);
    expect(claims[0]).toMatchObject({
      kind: 'PersistentVolumeClaim',
      metadata: { namespace: deployment.metadata.namespace, labels: deployment.metadata.labels },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '5' } } },
    });
  });

  it('leave the class to the cluster unless it is told; an empty one is one that is told', () => {
    expect(make().claims[0]?.spec).not.toHaveProperty('storageClassName');
    expect(make(volumeSettings({ storageClassName: '' })).claims[0]?.spec).toMatchObject({ storageClassName: '' });
  });

  it('are mounted where the manifest says, and belong to the group of the agent', () => {
    const { spec } = specOf(make()).template;
    expect(spec.containers[0]?.volumeMounts.slice(1)).toEqual([
      { name: 'state-data', mountPath: '/data' },
      { name: 'state-cache-1', mountPath: '/var/cache' },
    ]);
    expect(spec.volumes.slice(1)).toEqual([
      { name: 'state-data', persistentVolumeClaim: { claimName: 'moor-d-abcdefghijklmnop-data' } },
      { name: 'state-cache-1', persistentVolumeClaim: { claimName: 'moor-d-abcdefghijklmnop-cache-1' } },
    ]);
    expect(spec.securityContext).toMatchObject({ fsGroup: 2000, fsGroupChangePolicy: 'OnRootMismatch' });
  });

  it('are given up by the old instance before the new one has them, unless they can be shared', () => {
    expect(specOf(make()).strategy).toEqual({ type: 'Recreate' });
    const shared = make(volumeSettings({ accessMode: 'ReadWriteMany' }));
    expect(specOf(shared).strategy).toMatchObject({ type: 'RollingUpdate' });
    expect(shared.claims[0]?.spec).toMatchObject({ accessModes: ['ReadWriteMany'] });
  });

  it('change nothing for deployments without', () => {
    const plain = toObjects(workload, { ...options, volumes: volumeSettings({}) });
    expect(plain).toEqual(toObjects(workload, options));
    expect(plain.claims).toEqual([]);
  });
});
