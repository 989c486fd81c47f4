import type { SimWorld } from './sim-world.js';

/**
 * A backup of the store, and of what users may count on at this moment. Bringing it back kills every host first, as the
 * guide asks for; what was acknowledged since is lost with the database, and is no broken promise.
 */
export function takeBackup(world: SimWorld): string {
  const restore = world.store.backup();
  const wishes = new Map(world.expectations.map((one) => [one, one.possible]));
  world.backup = () => {
    for (const life of [...world.alive]) world.kill(life);
    restore();
    world.era += 1;
    world.restoredMs = world.clock.monotonic();
    for (const one of [...world.expectations]) {
      one.era = world.era;
      one.pending = false;
      const possible = wishes.get(one);
      if (possible) one.possible = possible;
      else world.expectations.splice(world.expectations.indexOf(one), 1);
    }
    world.slack.addAll();
    for (const forget of world.onRestore) forget();
  };
  return '';
}
