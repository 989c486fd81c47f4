import { describe } from 'vitest';
import { deedsByHand } from './support/by-hand.js';

describe('what somebody does by hand, with the process driver', () => deedsByHand('process'));
