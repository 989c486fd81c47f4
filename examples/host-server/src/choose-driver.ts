import type { DriverName } from './settings.js';

export interface ChosenDriver {
  readonly name: DriverName;
  /** For the banner: what decided. */
  readonly why: string;
}

export type EngineAnswer =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly reason: string };

/**
 * The driver that was asked for; else Docker when it answers, else processes of this machine. Errors: `unavailable`.
 */
export async function chooseDriver(
  wanted: DriverName | undefined,
  askDocker: () => Promise<EngineAnswer>,
): Promise<ChosenDriver> {
  if (wanted === 'process' || wanted === 'memory') return { name: wanted, why: 'MOORAGE_DRIVER says so' };
  const answer = await askDocker();
  if (answer.ok) {
    const why = wanted === 'docker' ? 'MOORAGE_DRIVER says so' : 'it answers on this machine';
    return { name: 'docker', why: `Docker Engine ${answer.version}; ${why}` };
  }
  // Asked for and away: the driver would say it later, and less clearly.
  if (wanted === 'docker') throw new Error(`${answer.reason}. Start Docker, or set MOORAGE_DRIVER=process`);
  return { name: 'process', why: `no isolation: agents are processes of your user, because Docker does not answer` };
}
