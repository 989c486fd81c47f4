import { describe } from 'vitest';
import { killedAtPoints } from './support/crash-points.js';

describe('a host that is killed, with the process driver', () =>
  killedAtPoints('process', [
    ['deploy', 'desired-committed'],
    ['deploy', 'plan-made'],
    ['deploy', 'plan-committed'],
    ['deploy', 'before-create'],
    ['deploy', 'after-create'],
    ['update', 'after-create'],
    ['update', 'before-remove'],
    ['park', 'before-park'],
    ['park', 'after-park'],
    ['unpark', 'before-unpark'],
    ['unpark', 'after-unpark'],
    ['remove', 'desired-committed'],
    ['remove', 'before-remove'],
    ['remove', 'after-remove'],
    ['remove', 'before-drop'],
    ['remove', 'after-drop'],
  ]));
