import { describe } from 'vitest';
import { deployAndDeleteRace } from './support/race.js';

describe('deploy and delete, with the docker driver', () => deployAndDeleteRace('docker', 10));
