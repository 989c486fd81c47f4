import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type RequestOptions, request as send } from 'node:https';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

/** Between a driver and the API server: speaks plain HTTP to the one and the administrator's TLS to the other. */
export interface ClusterProxy {
  readonly address: string;
  /** What passes now passes nothing on any more, and does not end either. New requests are answered. */
  freeze(): void;
  /** Ends every connection at once. */
  cut(): void;
  /** The next so many writes are refused as the API server does when somebody else was quicker. */
  conflict(times: number): void;
  /** Says that the cluster is another one: `kube-system` has this uid. Undefined: as it is. */
  pretend(uid: string | undefined): void;
  /** `METHOD path` of every request so far. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export async function clusterProxy(kubeconfig: string): Promise<ClusterProxy> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const target = config.getCurrentCluster()?.server ?? '';
  const passing = new Set<{ frozen: boolean }>();
  const requests: string[] = [];
  let uid: string | undefined;
  let conflicts = 0;

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const options: RequestOptions = { method: request.method, headers: { ...request.headers } };
    await config.applyToHTTPSOptions(options);
    delete (options.headers as Record<string, unknown>).host;
    const passage = { frozen: false };
    passing.add(passage);
    response.once('close', () => passing.delete(passage));
    const upstream = send(new URL(target + request.url), options, (answer) => {
      response.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] ?? '' });
      response.flushHeaders();
      answer.on('data', (chunk: Buffer) => void (passage.frozen || response.write(chunk)));
      answer.on('end', () => void (passage.frozen || response.end()));
      answer.on('error', () => response.destroy());
    });
    upstream.on('error', () => response.destroy());
    response.once('close', () => upstream.destroy());
    request.pipe(upstream);
  };

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (uid !== undefined && request.url?.startsWith('/api/v1/namespaces/kube-system')) {
      response.end(JSON.stringify({ kind: 'Namespace', metadata: { name: 'kube-system', uid } }));
      return;
    }
    if (conflicts > 0 && request.method !== 'GET') {
      conflicts -= 1;
      response.writeHead(409, { 'content-type': 'application/json' }).end(JSON.stringify(tooLate));
      return;
    }
    forward(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    freeze() {
      for (const passage of passing) passage.frozen = true;
    },
    cut: () => server.closeAllConnections(),
    conflict(times) {
      conflicts += times;
    },
    pretend(given) {
      uid = given;
    },
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const tooLate = {
  kind: 'Status',
  status: 'Failure',
  reason: 'Conflict',
  code: 409,
  message:
    'Operation cannot be fulfilled on deployments.apps "x": the object has been modified; please apply your changes to the latest version and try again',
};
