import { randomUUID } from 'node:crypto';

export interface UsageReporterOptions {
  /** Where to report: a host (`/v1/usage` is added), or the full address. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly agentId: string;
  readonly customerId: string;
  readonly fetch?: typeof fetch | undefined;
  /** Takes one line when events are given up. */
  readonly log: (line: string) => void;
  /** Time to gather events before they are sent. [1 000] */
  readonly gatherMs?: number | undefined;
  /** Pause after the first failure; doubles up to 30 s. [1 000] */
  readonly firstPauseMs?: number | undefined;
}

export interface UsageReporter {
  /** Never throws and never waits. `durationMs`: how long the action took. */
  track(action: string, durationMs: number): void;
  /** Tries once more to send what is left, for at most `timeoutMs`; then gives it up. */
  close(timeoutMs: number): Promise<void>;
}

interface UsageEvent {
  readonly id: string;
  readonly agent_id: string;
  readonly customer_id: string;
  readonly action: string;
  readonly duration: number;
  readonly at: string;
}

const batchSize = 100;
/** Events kept while the host does not answer; beyond it the oldest are given up. */
const queueLimit = 10_000;
const requestTimeoutMs = 10_000;
const longestPauseMs = 30_000;

/**
 * Reports what the agent did, in batches and again until it is accepted; each event has an id, so that a lost answer
 * makes no double. Reporting never makes an action fail.
 */
export function createUsageReporter(options: UsageReporterOptions): UsageReporter {
  const { gatherMs = 1_000, firstPauseMs = 1_000, log } = options;
  const url = usageUrl(options.url);
  const queue: UsageEvent[] = [];
  const stopping = new AbortController();
  let onTheWay = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | undefined;
  let pauseMs = firstPauseMs;
  let overflowing = false;
  let closed = false;

  const schedule = (delayMs: number) => {
    if (closed || timer !== undefined || sending !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      sending = sendAll().finally(() => {
        sending = undefined;
        if (queue.length > 0) schedule(pauseMs);
      });
    }, delayMs).unref();
  };

  /** Sends until nothing is left or something fails. */
  const sendAll = async (): Promise<void> => {
    while (queue.length > 0 && !stopping.signal.aborted) {
      const batch = queue.splice(0, batchSize);
      onTheWay = batch.length;
      const outcome = await post(url, batch, options, stopping.signal);
      onTheWay = 0;
      if (outcome === 'again') {
        queue.unshift(...batch);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
        return;
      }
      pauseMs = firstPauseMs;
      overflowing = false;
      if (outcome !== 'accepted') log(`${batch.length} usage events were refused and are given up: ${outcome.refused}`);
    }
  };

  return {
    track(action, durationMs) {
      const { agentId: agent_id, customerId: customer_id } = options;
      const at = new Date().toISOString();
      queue.push({ id: randomUUID(), agent_id, customer_id, action, duration: durationMs, at });
      if (queue.length > queueLimit) {
        queue.shift();
        if (!overflowing) log(`${queueLimit} usage events wait for an answer already: the oldest ones are given up`);
        overflowing = true;
      }
      schedule(gatherMs);
    },
    async close(timeoutMs) {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      const lastTry = (async () => {
        await sending;
        await sendAll();
      })();
      await withinTime(lastTry, timeoutMs);
      const left = queue.length + onTheWay;
      stopping.abort();
      if (left > 0) log(`${left} usage events could not be sent and are given up`);
    },
  };
}

function withinTime(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  return Promise.race([work, expired]).finally(() => clearTimeout(timer));
}

type Outcome = 'accepted' | 'again' | { readonly refused: string };

async function post(
  url: string,
  events: readonly UsageEvent[],
  options: UsageReporterOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const request = new AbortController();
  const abort = () => request.abort();
  const timer = setTimeout(abort, requestTimeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const response = await (options.fetch ?? fetch)(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      },
      body: JSON.stringify({ events }),
      signal: request.signal,
    });
    const text = await response.text();
    if (response.ok) return 'accepted';
    const passing = response.status >= 500 || response.status === 408 || response.status === 429;
    return passing ? 'again' : { refused: `${response.status} ${text.slice(0, 200)}` };
  } catch {
    return 'again';
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function usageUrl(text: string): string {
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/v1/usage';
  return url.href;
}
