import { describe } from 'vitest';
import { misbehavingAgents } from './support/misbehaving.js';

describe('agents that misbehave, with the docker driver', () => misbehavingAgents('docker'));
