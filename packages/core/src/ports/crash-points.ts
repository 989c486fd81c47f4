/**
 * Names of the moments at which a host process may die; each is passed to {@link CrashPoints.reach} by the engine. The
 * simulator stops a host there; in production nothing happens.
 */
export const crashPointNames = [
  'desired-committed',
  'plan-made',
  'plan-committed',
  'before-create',
  'after-create',
  'before-remove',
  'after-remove',
  'before-park',
  'after-park',
  'before-unpark',
  'after-unpark',
  'before-apply',
  'after-apply',
  'before-drop',
  'after-drop',
] as const;

export type CrashPoint = (typeof crashPointNames)[number];

export interface CrashPoints {
  /** Resolves at once in production; never settles where the simulator kills the host. */
  reach(point: CrashPoint, deploymentId: string): Promise<void> | undefined;
}
