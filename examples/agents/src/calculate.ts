import { MoorageError } from '@moorage/protocol';
import { defineAction } from '@moorage/protocol/shell';
import { z } from 'zod';

export type Operator = '+' | '-' | '*' | '/';

/** `a op b`. Errors: `invalid_argument` for a division by zero and for a result that is no finite number. */
export function calculate(a: number, b: number, op: Operator): number {
  if (op === '/' && b === 0) throw refuse('b is 0, but nothing can be divided by zero: use another b', 'b');
  const result = operations[op](a, b);
  if (Number.isFinite(result)) return result;
  throw refuse(`${a} ${op} ${b} is beyond the numbers that can be told: use smaller ones`, 'a');
}

const operations: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

function refuse(message: string, field: string): MoorageError {
  return new MoorageError('invalid_argument', message, { operation: 'calculate', context: { field } });
}

/** The calculator's one action. */
export const calculateAction = defineAction(
  z.strictObject({ a: z.number(), b: z.number(), op: z.enum(['+', '-', '*', '/']) }),
  ({ a, b, op }) => calculate(a, b, op),
);
