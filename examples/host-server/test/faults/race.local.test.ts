import { describe } from 'vitest';
import { deployAndDeleteRace } from './support/race.js';

describe('deploy and delete, with the memory driver on PostgreSQL', () => deployAndDeleteRace('memory', 100));
describe('deploy and delete, with the process driver', () => deployAndDeleteRace('process', 20));
