import { describe } from 'vitest';
import { volumesGo } from './support/volumes.js';

describe('a volume goes with its deployment, with the process driver', () => volumesGo('process'));
