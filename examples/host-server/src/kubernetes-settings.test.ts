import { describe, expect, it } from 'vitest';
import { readKubernetesSettings } from './kubernetes-settings.js';

const nothing = {
  context: undefined,
  namespace: undefined,
  endpoints: undefined,
  nodeAddress: undefined,
  policies: undefined,
  ingressFrom: [],
  imagePullSecrets: [],
  runtimeClassName: undefined,
  volumes: undefined,
  nodeUsage: [],
  usageUrl: undefined,
  calculatorImage: undefined,
  loadImage: undefined,
};

describe('readKubernetesSettings', () => {
  it('has a default for everything, also where a variable is empty', () => {
    expect(readKubernetesSettings({})).toEqual(nothing);
    expect(readKubernetesSettings({ MOORAGE_ENDPOINTS: '', MOORAGE_INGRESS_FROM: '' })).toEqual(nothing);
  });

  it('reads every variable', () => {
    const env = {
      MOORAGE_CONTEXT: 'production',
      MOORAGE_NAMESPACE: 'agents',
      MOORAGE_ENDPOINTS: 'node-port',
      MOORAGE_NODE_ADDRESS: 'nodes.example.org',
      MOORAGE_POLICIES: 'enforced',
      MOORAGE_INGRESS_FROM: '192.168.1.0/24,fd00::/8',
      MOORAGE_IMAGE_PULL_SECRETS: 'registry,mirror.example.org',
      MOORAGE_RUNTIME_CLASS: 'gvisor',
      MOORAGE_VOLUMES: 'fast',
      MOORAGE_VOLUME_MEGABYTES: '512',
      MOORAGE_NODE_USAGE: 'disk,network',
      MOORAGE_USAGE_URL: 'http://192.168.1.5:3001/v1/usage',
      MOORAGE_CALCULATOR_IMAGE: 'registry.example.org/calculator:1',
      MOORAGE_LOAD_IMAGE: 'kind load docker-image',
    };
    expect(readKubernetesSettings(env)).toEqual({
      context: 'production',
      namespace: 'agents',
      endpoints: 'node-port',
      nodeAddress: 'nodes.example.org',
      policies: 'enforced',
      imagePullSecrets: ['registry', 'mirror.example.org'],
      runtimeClassName: 'gvisor',
      volumes: { storageClassName: 'fast', sizeBytes: 536_870_912 },
      nodeUsage: ['disk', 'network'],
      usageUrl: new URL('http://192.168.1.5:3001/v1/usage'),
      ingressFrom: ['192.168.1.0/24', 'fd00::/8'],
      calculatorImage: 'registry.example.org/calculator:1',
      loadImage: 'kind load docker-image',
    });
  });

  it('takes the StorageClass of the cluster, and its size, where none is said', () => {
    expect(readKubernetesSettings({ MOORAGE_VOLUMES: 'default' }).volumes).toEqual({ storageClassName: undefined });
  });

  it.each([
    [{ MOORAGE_VOLUMES: 'Fast Disks' }, 'the name of a StorageClass, or "default"'],
    [{ MOORAGE_VOLUME_MEGABYTES: '1.5' }, 'a whole number from 1'],
    [{ MOORAGE_NODE_USAGE: 'disk,cpu' }, 'one of disk, network'],
    [{ MOORAGE_IMAGE_PULL_SECRETS: 'a,B' }, 'the name of a Secret'],
    [{ MOORAGE_ENDPOINTS: 'ingress' }, 'dns, pod, service, node-port'],
    [{ MOORAGE_POLICIES: 'yes' }, 'enforced, unenforced'],
    [{ MOORAGE_USAGE_URL: 'http://192.168.1.5:3001' }, 'http://192.168.1.5:3001/v1/usage'],
    [{ MOORAGE_USAGE_URL: 'usage' }, 'http://192.168.1.5:3001/v1/usage'],
    [{ MOORAGE_NAMESPACE: 'My Agents' }, 'the name of a namespace'],
    [{ MOORAGE_NAMESPACE: 'my.agents' }, 'the name of a namespace'],
    [{ MOORAGE_NAMESPACE: 'a'.repeat(64) }, 'the name of a namespace'],
    [{ MOORAGE_INGRESS_FROM: '192.168.1.0' }, '192.168.1.0/24'],
    [{ MOORAGE_INGRESS_FROM: '192.168.1.0/33' }, '192.168.1.0/24'],
    [{ MOORAGE_INGRESS_FROM: 'office/24' }, '192.168.1.0/24'],
  ])('refuses %j and says what it may be', (env, part) => {
    expect(() => readKubernetesSettings(env)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => readKubernetesSettings(env)).toThrow(part);
  });
});
