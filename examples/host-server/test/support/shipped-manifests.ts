import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostImage } from './host-image.js';
import { kubectl } from './kubectl.js';

const manifests = fileURLToPath(new URL('../../../../packages/driver-k8s/manifests', import.meta.url));

export interface Installation {
  /** `.` or a folder of the manifests. */
  readonly base: string;
  readonly image: HostImage;
  readonly secrets: Readonly<Record<string, string>>;
}

/** The shipped manifests on the test cluster as a user applies them: only the image and the secrets are his own. */
export interface ShippedManifests {
  apply(): Promise<void>;
  /** Takes all of it away again, and waits until it is gone. */
  remove(): Promise<void>;
}

export async function shippedManifests({ base, image, secrets }: Installation): Promise<ShippedManifests> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'moorage-manifests-')));
  const resource = relative(folder, join(await realpath(manifests), base));
  await writeFile(join(folder, 'kustomization.yaml'), overlay(resource, image));
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(folder, 'secret.env'), lines.join(''), { mode: 0o600 });
  return {
    apply: async () => void (await kubectl(['apply', '-k', folder])),
    async remove() {
      await kubectl(['delete', '-k', folder, '--ignore-not-found', '--timeout=150s']);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const overlay = (resource: string, { repository, tag }: HostImage) => `
resources:
  - ${resource}
images:
  - name: moorage/host-server
    newName: ${repository}
    newTag: "${tag}"
configMapGenerator:
  - name: moorage-host
    namespace: moorage-system
    behavior: merge
    literals:
      - MOORAGE_CALCULATOR_IMAGE=${repository}:${tag}
secretGenerator:
  - name: moorage-host
    namespace: moorage-system
    envs: [secret.env]
`;
