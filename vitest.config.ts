import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['@moorage/source', 'module', 'node', 'import', 'default'] };
const ssr = { resolve: { conditions: ['@moorage/source', 'node'] } };

/** A suite is a suffix: `x.docker.test.ts` belongs to `docker`, a plain `x.test.ts` beside its source to `unit`. */
const suite = (name: string, options: object = {}) => ({
  resolve,
  ssr,
  test: {
    name,
    include: [`packages/*/test/**/*.${name}.test.ts`, `examples/*/test/**/*.${name}.test.ts`],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    ...options,
  },
});

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'chaos/**/*.test.ts',
          ],
          // Not a measure of speed: a machine that is busy with other suites must not fail them.
          testTimeout: 60_000,
          isolate: false,
        },
      },
      suite('local', { fileParallelism: false }),
      suite('postgres', { testTimeout: 120_000, fileParallelism: false }),
      suite('docker', { testTimeout: 120_000, fileParallelism: false }),
      // Its tests mostly wait for the cluster: two files at a time, and those that break a part of it after all others.
      suite('kubernetes', {
        testTimeout: 180_000,
        maxWorkers: 2,
        maxConcurrency: 4,
        exclude: ['**/*.alone.kubernetes.test.ts'],
        sequence: { groupOrder: 1 },
      }),
      suite('alone.kubernetes', { testTimeout: 180_000, fileParallelism: false, sequence: { groupOrder: 2 } }),
      suite('engine', { testTimeout: 180_000, fileParallelism: false }),
      suite('packages', { testTimeout: 300_000, hookTimeout: 300_000, fileParallelism: false }),
    ],
  },
});
