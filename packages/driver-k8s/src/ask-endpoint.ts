import { request } from 'node:http';
import { scheduler } from 'node:timers/promises';
import type { Endpoint } from '@moorage/core/driver';
import { probeAnswer } from './to-probes.js';

/** `undefined`: it answers; else why not, in a word. */
export type AskResult = string | undefined;

const answerMs = 2_000;
const betweenMs = 250;
/** A wall may take a moment to be in force, and nothing says when: what answers has to do so twice. */
const againMs = 1_000;

/** Asks until it answers, for so long. A Service takes a moment until every node knows it. */
export async function askEndpoint(endpoint: Endpoint, limitMs: number, signal: AbortSignal): Promise<AskResult> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    let why = await askOnce(endpoint, signal);
    if (why === undefined) {
      await scheduler.wait(againMs, { signal });
      why = await askOnce(endpoint, signal);
      if (why === undefined) return undefined;
    }
    if (performance.now() >= deadline) return why;
    await scheduler.wait(betweenMs, { signal });
  }
}

function askOnce({ host, port }: Endpoint, signal: AbortSignal): Promise<AskResult> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => sent.destroy(Object.assign(new Error(), { code: 'no answer' })), answerMs);
    const sent = request({ host, port, path: '/', agent: false, signal }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body = (body + part).slice(0, 100);
      });
      response.once('close', () => {
        clearTimeout(timer);
        // Some networks answer for every address: it has to be the probe that does.
        resolve(response.statusCode === 200 && body === probeAnswer ? undefined : 'something else answers there');
      });
    });
    sent.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (signal.aborted) reject(signal.reason);
      else resolve(error.code ?? error.message);
    });
    sent.end();
  });
}
