import { MoorageError } from '@moorage/protocol';

/** The error for a setting that cannot be used. */
export function refuse(name: string, value: string, want: string): MoorageError {
  return new MoorageError('invalid_argument', `${name} is "${value}": it has to be ${want}`, {
    operation: 'settings.read',
    context: { name, want },
  });
}
