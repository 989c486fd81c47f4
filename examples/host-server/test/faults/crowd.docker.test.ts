import { describe } from 'vitest';
import { crowd } from './support/crowd.js';

describe('many at once, with the docker driver', () => crowd('docker', 20));
