import { dockerRig } from './docker-rig.js';
import { kubernetesRig } from './kubernetes-rig.js';
import { memoryRig } from './memory-rig.js';
import type { ChaosDriver, ChaosPart } from './plan.js';
import { processRig } from './process-rig.js';
import type { Rig } from './rig.js';

export async function openRig(driver: ChaosDriver, part: ChaosPart): Promise<Rig> {
  switch (driver) {
    case 'docker':
      return dockerRig(part === 'walls');
    case 'process':
      return processRig();
    case 'kubernetes':
      return kubernetesRig();
    case 'memory':
      return memoryRig();
  }
}
