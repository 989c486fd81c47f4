/** Which driver a host process uses. */
export type DriverOrder =
  | { readonly kind: 'docker'; readonly socketPath: string | undefined }
  | { readonly kind: 'process'; readonly folder: string }
  | { readonly kind: 'kubernetes'; readonly kubeconfig: string }
  | { readonly kind: 'memory' };

/** What a host process is told, as its one argument. */
export interface HostOrder {
  readonly driver: DriverOrder;
  readonly url: string;
  readonly schema: string;
  readonly hostId: string;
  /** 32 bytes in hexadecimal digits. */
  readonly secretsKey: string;
  readonly ports: { readonly from: number; readonly to: number };
  readonly apiPort: number;
  readonly resyncMs: number;
}
