/**
 * The one with the fewest requests in flight; among equals they take turns.
 *
 * @param except those that this request has tried in vain
 * @param turn rises with each request
 */
export function leastInFlight<Candidate extends { readonly inFlight: number }>(
  candidates: readonly Candidate[],
  except: ReadonlySet<Candidate> | undefined,
  turn: number,
): Candidate | undefined {
  let best: Candidate | undefined;
  for (let index = 0; index < candidates.length; index += 1) {
    const candidate = candidates[(turn + index) % candidates.length];
    if (!candidate || except?.has(candidate)) continue;
    if (!best || candidate.inFlight < best.inFlight) best = candidate;
  }
  return best;
}
