import { describe } from 'vitest';
import { crowd } from './support/crowd.js';

describe('many at once, with the process driver', () => crowd('process', 40));
