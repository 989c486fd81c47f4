import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { volumeFolder } from './volume-folder.js';

it('is readable for ids of ours', () => {
  expect(volumeFolder('/v', 'o-1', 'd-1')).toBe(join('/v', 'o-1.d-1'));
  expect(volumeFolder('/v', 'o-1', 'd-1', 'data')).toBe(join('/v', 'o-1.d-1', 'data'));
});

it('never leaves its root and is another one for each other deployment', () => {
  const id = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('..', '../x', '/', '', '.', 'a.b', 'a', 'b'));
  fc.assert(
    fc.property(id, id, id, id, (owner, deployment, other, otherDeployment) => {
      const folder = volumeFolder('/v', owner, deployment);
      expect(folder.split('/')).toHaveLength(3);
      expect(folder.endsWith('..')).toBe(false);
      const isSame = owner === other && deployment === otherDeployment;
      expect(volumeFolder('/v', other, otherDeployment) === folder).toBe(isSame);
    }),
    { seed: 7, numRuns: 300 },
  );
});
