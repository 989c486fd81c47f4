import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MoorageError } from '@moorage/protocol';

export const agentsFolder = fileURLToPath(new URL('../../agents', import.meta.url));

/** How the calculator is started in every image that has it: its own, and that of the host server. */
export const calculatorCommand = ['node', '/agent/calculator.mjs'];

/** The calculator as it was built: its file, its code, and the image that is made of it. Errors: `not_found`. */
export function calculatorProgram() {
  const path = join(agentsFolder, 'dist', 'calculator.mjs');
  const code = read(path);
  // The tag follows from the content: another calculator is another image, and so a roll-out.
  const tag = `moorage-calculator:${createHash('sha256').update(code).digest('hex').slice(0, 12)}`;
  return { path, code, tag, command: calculatorCommand };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new MoorageError(
      'not_found',
      `The calculator is not built: ${dirname(path)} has none. Run "npm run build" first`,
      { operation: 'calculator.prepare', cause },
    );
  }
}
