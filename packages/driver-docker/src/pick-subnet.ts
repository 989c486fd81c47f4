import { MoorageError } from '@moorage/core/driver';

interface Block {
  readonly first: number;
  readonly last: number;
}

/**
 * A free block of `prefix` bits inside `range`, or undefined when all overlap with one that is taken. The search begins
 * at block `start` and wraps, so that two hosts seldom choose the same. IPv4 only; what cannot be read in `taken` is
 * skipped. Errors: `invalid_argument` for a range that is none or too small.
 */
export function pickSubnet(range: string, prefix: number, taken: readonly string[], start: number): string | undefined {
  const space = readBlock(range);
  const size = 2 ** (32 - prefix);
  const count = space ? Math.floor((space.last - space.first + 1) / size) : 0;
  if (!space || count === 0) {
    throw new MoorageError(
      'invalid_argument',
      `Cannot use the network range "${range}": give an IPv4 range of at least /${prefix} such as "10.213.0.0/16"`,
      {
        operation: 'dockerDriver',
        context: { field: 'networkRange', value: range },
      },
    );
  }
  const blocks = taken.map(readBlock).filter((block) => block !== undefined);
  for (let step = 0; step < count; step += 1) {
    const first = space.first + ((start + step) % count) * size;
    const last = first + size - 1;
    if (!blocks.some((block) => block.first <= last && block.last >= first)) return `${writeAddress(first)}/${prefix}`;
  }
  return undefined;
}

/** The highest address of a block that a machine may have. */
export function lastHost(subnet: string): string {
  const block = readBlock(subnet);
  return writeAddress((block?.last ?? 1) - 1);
}

function readBlock(cidr: string): Block | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((byte) => byte > 255) || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}

function writeAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
