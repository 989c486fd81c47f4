import { describe } from 'vitest';
import { unusualNames } from './support/names.js';

describe('unusual names, with the process driver', () => unusualNames('process'));
