/**
 * A process that cannot be confused with a later one of the same pid: `boot` names the life of the machine (and its pid
 * namespace), `start` the moment at which the process began, as the system writes it.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
}
