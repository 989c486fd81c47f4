import { MoorageError } from './errors.js';

/** CPU in thousandths of a core, from a Kubernetes-style quantity: `0.5`, `"0.5"`, `"250m"`, `2`. */
export function parseCpu(quantity: string | number): number {
  const text = String(quantity).trim();
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text);
  if (!match) throw invalid('cpu', quantity, 'a number of cores such as "0.5", or thousandths such as "250m"');
  const millis = scaleDecimal(match[1] ?? '', match[2] === 'm' ? 1n : 1000n);
  if (millis === undefined || millis < 1) {
    throw invalid('cpu', quantity, 'at least 1m and a whole number of thousandths');
  }
  return millis;
}

const byteUnits: Readonly<Record<string, bigint>> = {
  '': 1n,
  k: 1000n,
  M: 1000n ** 2n,
  G: 1000n ** 3n,
  T: 1000n ** 4n,
  Ki: 1024n,
  Mi: 1024n ** 2n,
  Gi: 1024n ** 3n,
  Ti: 1024n ** 4n,
};

/** Bytes from a Kubernetes-style quantity: `"512Mi"`, `"1Gi"`, `"256M"`, `"1.5Gi"`, or a plain number of bytes. */
export function parseBytes(quantity: string | number): number {
  const text = String(quantity).trim();
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(text);
  if (!match) throw invalid('bytes', quantity, 'bytes with a unit such as "512Mi", "1Gi" or "256M"');
  const bytes = scaleDecimal(match[1] ?? '', byteUnits[match[2] ?? ''] ?? 1n);
  if (bytes === undefined || bytes < 1) throw invalid('bytes', quantity, 'a whole number of bytes, at least 1');
  return bytes;
}

/** `digits × factor` without binary rounding; undefined when the product is not whole or not a safe integer. */
function scaleDecimal(digits: string, factor: bigint): number | undefined {
  const [whole = '0', fraction = ''] = digits.split('.');
  const scale = 10n ** BigInt(fraction.length);
  const product = BigInt(whole + fraction) * factor;
  if (product % scale !== 0n) return undefined;
  const value = Number(product / scale);
  return Number.isSafeInteger(value) ? value : undefined;
}

function invalid(kind: string, value: unknown, want: string): MoorageError {
  return new MoorageError('invalid_argument', `Cannot read the ${kind} quantity "${String(value)}": use ${want}`, {
    operation: 'quantity.parse',
    context: { value, want },
  });
}
