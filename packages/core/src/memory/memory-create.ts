import { MoorageError } from '@moorage/protocol/base';
import type { InstanceSpec } from '../model/instance.js';
import type { Call, DriverCapabilities } from '../ports/driver.js';
import { lackingCapability } from './lacking-capability.js';
import type { MemoryCalls } from './memory-call.js';
import type { MemoryEngine } from './memory-engine.js';
import { makeInstance, startInstance } from './memory-lifecycle.js';

/**
 * `create` and `startRun` of a memory driver: all the checks, then the instance, then the time that its start takes.
 */
export async function memoryCreate(
  operation: 'create' | 'startRun',
  engine: MemoryEngine,
  calls: MemoryCalls,
  capabilities: DriverCapabilities,
  spec: InstanceSpec,
  call: Call,
): Promise<void> {
  await calls.enter(operation, call);
  calls.check(operation, call);
  const { inside } = engine;
  const { world } = inside;
  const behaviour = inside.behaviourOf(spec);
  const there = world.instances.get(spec.name);
  const same = there?.spec.owner === spec.owner && there.spec.templateHash === spec.templateHash;
  if (world.foreign.has(spec.name) || (there && !same)) {
    const message = `Cannot ${operation} "${spec.name}": something else has that name`;
    throw new MoorageError('already_exists', message, { operation, context: { name: spec.name } });
  }
  if (there && there.state !== 'creating') return;
  const lacking = lackingCapability(spec, capabilities);
  if (lacking) throw calls.unsupported(operation, lacking);
  if (behaviour.createError) throw behaviour.createError;
  if (!there && world.instances.size >= inside.room) {
    throw new MoorageError('resource_exhausted', `Cannot ${operation} "${spec.name}": the memory engine is full`, {
      operation,
      context: { instances: world.instances.size },
    });
  }
  const instance = there ?? makeInstance(inside, world, spec);
  if (behaviour.startDelayMs > 0) await calls.pass(operation, behaviour.startDelayMs, call);
  if (instance.state === 'creating') startInstance(inside, instance);
}
