import { describe } from 'vitest';
import { rolloutUnderTraffic } from './support/rollout.js';

describe('a roll-out under traffic, with the docker driver', () => rolloutUnderTraffic('docker'));
