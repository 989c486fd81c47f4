import { request } from 'node:http';
import type { Endpoint } from '@moorage/core/driver';

/**
 * One GET on a connection of its own. Not `fetch`: its first request in a process may wait for ever when the other side
 * hangs up at once, and that is what a published port does until its agent listens.
 */
export function httpGet({ host, port }: Endpoint, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, agent: false, timeout: 30_000 }, (response) => {
      response.setEncoding('utf8');
      let body = '';
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${host}:${port}${path} in 30 s`)));
    sent.on('error', reject);
    sent.end();
  });
}
