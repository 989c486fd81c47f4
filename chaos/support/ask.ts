import { request } from 'node:http';

/** What the agent of a run tells of itself. */
export interface Answer {
  readonly agent: string;
  readonly customer: string;
  readonly version: number;
  readonly instance: string;
  readonly born?: string | undefined;
  /** Of a request that asked it to reach another one. */
  readonly found?: string | undefined;
}

/** `GET` at an address on this machine, on a connection of its own. Rejects whatever is no answer of an agent. */
export function ask(port: number, path: string, timeoutMs: number, host = '127.0.0.1'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request({ host, port, path, agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`${port} answered ${response.statusCode}: ${text}`));
        try {
          resolve(JSON.parse(text) as Answer);
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}
