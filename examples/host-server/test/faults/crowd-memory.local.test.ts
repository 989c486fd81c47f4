import { describe } from 'vitest';
import { crowd } from './support/crowd.js';

describe('many at once, with the memory driver on PostgreSQL', () => crowd('memory', 200));
