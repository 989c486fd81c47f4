import { describe } from 'vitest';
import { volumesGo } from './support/volumes.js';

describe('a volume goes with its deployment, with the docker driver', () => volumesGo('docker'));
