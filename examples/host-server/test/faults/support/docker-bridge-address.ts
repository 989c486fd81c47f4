import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import { bridgeGateway } from '../../../src/docker-bridge.js';
import { engineByHand } from './engine-by-hand.js';

const run = promisify(execFile);

/**
 * Sees to it that this machine has the address of the engine's own bridge, at which containers report. An engine that
 * was started beside it without a bridge takes `docker0` away: the address is then put on loopback until `undo`.
 */
export async function withBridgeAddress(): Promise<{ undo(): Promise<void> }> {
  const network = await engineByHand().call<object>('GET', '/networks/bridge');
  const address = bridgeGateway(JSON.stringify(network));
  if (address === undefined) throw new Error('The Docker Engine runs without a bridge of its own: start it with one');
  const here = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  if (here.some((entry) => entry.address === address)) return { undo: async () => undefined };
  const change = (verb: 'add' | 'del') => run('busybox', ['ip', 'addr', verb, `${address}/32`, 'dev', 'lo']);
  await change('add').catch((cause: unknown) => {
    const message = `This machine has no ${address}, the address of docker0, and it cannot be added: restart the Docker Engine`;
    throw new Error(message, { cause });
  });
  return { undo: async () => void (await change('del').catch(() => undefined)) };
}
