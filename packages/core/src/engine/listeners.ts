import type { Logger } from '../ports/logger.js';

export interface Listeners<Message> {
  /** The returned function takes this one off again. */
  add(listener: (message: Message) => void): () => void;
  /** Calls all in order; one that throws is logged and the others go on. */
  tell(message: Message): void;
}

export function listeners<Message>(of: string, logger?: Logger): Listeners<Message> {
  const all = new Set<(message: Message) => void>();
  return {
    add(listener) {
      // Its own function each time: the same listener added twice is called twice, and each undo takes off one.
      const entry = (message: Message) => listener(message);
      all.add(entry);
      return () => {
        all.delete(entry);
      };
    },
    tell(message) {
      for (const listener of [...all]) {
        try {
          listener(message);
        } catch (error) {
          logger?.log('error', `A listener of ${of} threw`, { error: String(error) });
        }
      }
    },
  };
}
