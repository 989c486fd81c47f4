import { describe } from 'vitest';
import { twoOwners } from './support/two-owners.js';

describe('two installations on one engine, with the process driver', () => twoOwners('process'));
