import type { CrashPoint } from '@moorage/core';
import { bundledProgram } from './bundled-program.js';
import type { ManifestOfTest } from './world.js';

/** What a host that is going to die is told. */
export interface DoomedOrder {
  readonly action: 'deploy' | 'update' | 'remove' | 'park' | 'unpark';
  readonly point: CrashPoint;
  readonly manifest: ManifestOfTest;
  readonly tenant: string;
  readonly replicas: number;
  readonly url: string;
  readonly schema: string;
  readonly hostId: string;
  readonly ports: { readonly from: number; readonly to: number };
  /** State folder of the process driver; undefined: Docker. */
  readonly folder: string | undefined;
}

export interface DoomedProgram {
  /** Runs a host until it has killed itself; rejects when it ends otherwise, or never. */
  runUntilKilled(order: DoomedOrder): Promise<void>;
  close(): Promise<void>;
}

export async function doomedProgram(): Promise<DoomedProgram> {
  const program = await bundledProgram('doomed-host.ts');
  return {
    async runUntilKilled(order) {
      const { code, signal, errors } = await program.run(order);
      if (signal !== 'SIGKILL') throw new Error(`"${order.point}" was not reached: ${code} ${signal} ${errors}`);
    },
    close: () => program.close(),
  };
}
