/** Who answers at an address. */
export interface Answerer {
  readonly mode: string;
  readonly version: string;
  readonly pid: number;
  readonly customer: string;
  readonly agent: string;
}

/** `GET /` of an agent; rejects for anything but 200. */
export async function ask(address: string): Promise<Answerer> {
  const answer = await fetch(new URL('/', address), { signal: AbortSignal.timeout(60_000) });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Answerer;
}
