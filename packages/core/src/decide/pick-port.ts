/** The lowest port of an inclusive range that nobody holds, or undefined when all are taken. */
export function pickPort(
  range: { readonly from: number; readonly to: number },
  isTaken: (port: number) => boolean,
): number | undefined {
  for (let port = range.from; port <= range.to; port += 1) {
    if (!isTaken(port)) return port;
  }
  return undefined;
}
