import type { DriverName } from './settings.js';

export interface ChosenDriver {
  readonly name: DriverName;
  /** For the banner: what decided. */
  readonly why: string;
  /** Which cluster it is, on Kubernetes. */
  readonly cluster?: string | undefined;
}

/** What an engine says when it is asked whether it can be used. */
export type EngineAnswer =
  | { readonly ok: true; readonly version: string; readonly id?: string }
  | { readonly ok: false; readonly reason: string };

export interface Engines {
  docker(): Promise<EngineAnswer>;
  kubernetes(): Promise<EngineAnswer>;
}

/**
 * The driver that was asked for; else Docker when it answers, else processes of this machine. An engine that was asked
 * for and cannot be used is refused: the driver would say it later, and less clearly.
 */
export async function chooseDriver(wanted: DriverName | undefined, engines: Engines): Promise<ChosenDriver> {
  if (wanted === 'process' || wanted === 'memory') return { name: wanted, why: 'MOORAGE_DRIVER says so' };
  if (wanted === 'kubernetes') {
    const cluster = await engines.kubernetes();
    if (!cluster.ok) throw new Error(cluster.reason);
    return { name: 'kubernetes', why: `Kubernetes ${cluster.version}; MOORAGE_DRIVER says so`, cluster: cluster.id };
  }
  const answer = await engines.docker();
  if (answer.ok) {
    const why = wanted === 'docker' ? 'MOORAGE_DRIVER says so' : 'it answers on this machine';
    return { name: 'docker', why: `Docker Engine ${answer.version}; ${why}` };
  }
  if (wanted === 'docker') throw new Error(`${answer.reason}. Start Docker, or set MOORAGE_DRIVER=process`);
  return { name: 'process', why: `no isolation: agents are processes of your user, because Docker does not answer` };
}
