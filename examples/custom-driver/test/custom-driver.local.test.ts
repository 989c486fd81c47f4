import { driverConformance } from '@moorage/core/testing';
import { afterAll, describe, it } from 'vitest';
import { functionHarness } from './function-harness.js';

driverConformance({ describe, it, afterAll, makeHarness: functionHarness });
