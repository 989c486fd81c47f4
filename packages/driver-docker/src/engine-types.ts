/** The parts of the engine's JSON answers that this package reads; everything else is ignored. */

export interface ContainerSummary {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  /** `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`. */
  readonly State: string;
  /** For a person: `Up 3 minutes`, `Exited (137) 2 seconds ago`. */
  readonly Status: string;
  /** Seconds since 1970. */
  readonly Created: number;
  readonly Ports: readonly PortSummary[];
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, EndpointSettings>> | null } | null;
}

export interface PortSummary {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

export interface EndpointSettings {
  readonly NetworkID?: string;
  readonly IPAddress?: string;
}

export interface ContainerState {
  readonly Status: string;
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly OOMKilled: boolean;
  readonly ExitCode: number;
  readonly Error: string;
  /** RFC 3339; the year 1 where it has not happened. */
  readonly StartedAt: string;
  readonly FinishedAt: string;
}

export interface ContainerDetails {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly State: ContainerState;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null };
}

export interface NetworkSummary {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string }[] | null } | null;
}

export interface VolumeSummary {
  readonly Name: string;
  readonly Driver: string;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export interface ImageDetails {
  readonly Id: string;
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null } | null;
}

/** One sample of `stats`. Whole groups are missing for a container that does not run. */
export interface StatsSample {
  readonly read: string;
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: { readonly usage?: number; readonly stats?: Readonly<Record<string, number>> };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
}

/** One line of a pull, a build or an import. */
export interface ProgressLine {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly progress?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
}

export interface EngineEvent {
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
}
