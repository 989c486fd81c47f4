import { request } from 'node:http';

/** The Docker Engine's API as a person at the keyboard uses it. Rejects what is no success; `status` says which. */
export function engineApi(socketPath: string) {
  return <T>(method: string, path: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(60_000);
      const sent = request({ socketPath, method, path, signal, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          if (status >= 400)
            return reject(Object.assign(new Error(`${method} ${path}: ${status} ${text}`), { status }));
          resolve((text === '' ? undefined : JSON.parse(text)) as T);
        });
      });
      sent.on('error', reject);
      sent.end();
    });
}

export type EngineApi = ReturnType<typeof engineApi>;
