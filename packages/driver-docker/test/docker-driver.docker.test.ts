import { driverConformance } from '@moorage/core/testing';
import { afterAll, describe, it } from 'vitest';
import { dockerHarness } from './docker-harness.js';

driverConformance({ describe, it, afterAll, makeHarness: dockerHarness });
