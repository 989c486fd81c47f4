import { driverConformance } from '@moorage/core/testing';
import { afterAll, describe, it } from 'vitest';
import { makeHarness } from './harness.js';

driverConformance({ describe, it, afterAll, makeHarness });
