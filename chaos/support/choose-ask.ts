import type { Ask, Wish } from './wish.js';

const versions = 4;
const mostReplicas = 3;

const pick = (count: number, dice: number) => Math.min(count - 1, Math.floor(dice * count));

/** What a customer asks for next, who believes that `wish` is so. */
export function chooseAsk(wish: Wish, [what = 0, how = 0]: readonly number[], canPause: boolean): Ask {
  const version = 1 + pick(versions, how);
  if (wish.state === 'absent') return { kind: 'deploy', version };
  if (wish.parked !== false && what < 0.45) return { kind: 'unpark' };
  if (what < 0.35) return { kind: 'scale', replicas: pick(mostReplicas + 1, how) };
  if (what < 0.55) return { kind: 'update', version };
  if (what < 0.72) return { kind: 'park', depth: canPause && how < 0.5 ? 'pause' : 'stop' };
  if (what < 0.82) return { kind: 'restart' };
  return { kind: 'delete' };
}
