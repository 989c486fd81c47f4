import { describe } from 'vitest';
import { killedAtPoints } from './support/crash-points.js';

describe('a host that is killed, with the docker driver', () =>
  killedAtPoints('docker', [
    ['deploy', 'plan-committed'],
    ['deploy', 'after-create'],
    ['remove', 'after-remove'],
  ]));
