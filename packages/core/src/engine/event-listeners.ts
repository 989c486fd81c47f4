import { EventEmitter } from 'eventemitter3';
import type { HostEvent, HostEventType } from '../model/events.js';
import type { Logger } from '../ports/logger.js';

/** Listeners by type of event, walled off from each other: one that throws is logged, the others go on. */
export interface EventListeners {
  add(type: HostEventType | '*', listener: (event: HostEvent) => void): () => void;
  tell(event: HostEvent): void;
  any(): boolean;
  clear(): void;
}

export function createEventListeners(logger: Logger): EventListeners {
  const emitter = new EventEmitter<string>();
  return {
    add(type, listener) {
      emitter.on(type, listener);
      return () => emitter.off(type, listener);
    },
    tell(event) {
      for (const listener of [...emitter.listeners(event.type), ...emitter.listeners('*')]) {
        try {
          listener(event);
        } catch (thrown) {
          logger.log('error', 'A listener of events threw', { type: event.type, error: String(thrown) });
        }
      }
    },
    any: () => emitter.eventNames().length > 0,
    clear: () => emitter.removeAllListeners(),
  };
}
