import type { Unsubscribe } from '../../ports/driver.js';
import type { Life } from './life.js';
import type { SimWorld } from './sim-world.js';

type Hint = (deploymentId: string) => void;

const dropped = 0.1;
const doubled = 0.05;
const late = 0.15;
const longestDelayMs = 3_000;

/**
 * Hints of driver or store as one life of a host gets them: some are lost, some come twice, late, or after later ones.
 */
export function disturbHints(world: SimWorld, life: Life, watch: (hint: Hint) => Unsubscribe, hint: Hint): Unsubscribe {
  const { clock, tally } = world;
  const tell = (deploymentId: string) => {
    if (life.over) return;
    const frozenMs = life.frozenUntil - clock.monotonic();
    if (frozenMs > 0) clock.setTimer(frozenMs, () => tell(deploymentId));
    else hint(deploymentId);
  };
  const unwatch = watch((deploymentId) => {
    if (tally.rate === 0) return tell(deploymentId);
    const draw = tally.random.next();
    if (draw < dropped) return;
    if (draw < dropped + late) clock.setTimer(tally.random.next() * longestDelayMs, () => tell(deploymentId));
    else tell(deploymentId);
    if (draw > 1 - doubled) tell(deploymentId);
  });
  life.endings.add(unwatch);
  return unwatch;
}
