import { describe, expect, it } from 'vitest';
import type { EngineClient, EngineRequest } from './engine-client.js';
import { engineMarker, markerName } from './engine-marker.js';
import { label } from './labels.js';

const { signal } = new AbortController();
const none = new Set<string>();
type Volumes = Map<string, Record<string, string>>;

/** An engine that knows volumes only; its data can be exchanged under a client. */
function engineWithVolumes() {
  const state = { volumes: new Map() as Volumes, calls: 0, noneNetwork: 'id-of-none' };
  const client: EngineClient = {
    address: 'test',
    async json<T>({ method, path, body }: EngineRequest) {
      state.calls += 1;
      if (method === 'POST') {
        const { Name, Labels } = body as { Name: string; Labels: Record<string, string> };
        if (!state.volumes.has(Name)) state.volumes.set(Name, Labels);
        return { Name, Labels: state.volumes.get(Name) } as T;
      }
      if (path === '/networks/none') return { Id: state.noneNetwork } as T;
      const Name = decodeURIComponent(path.slice('/volumes/'.length));
      const Labels = state.volumes.get(Name);
      if (!Labels) throw Object.assign(new Error('no such volume'), { statusCode: 404 });
      return { Name, Labels } as T;
    },
    stream: () => Promise.reject(new Error('not used')),
  };
  return { state, client };
}

describe('engineMarker', () => {
  it('is made once and then the same for every driver object and owner, and another on another engine', async () => {
    const { client } = engineWithVolumes();
    const first = await engineMarker(client).identify('o', none, signal);
    expect(first).not.toBe('');
    expect(await engineMarker(client).identify('o', none, signal)).toBe(first);
    expect(await engineMarker(client).identify('other', none, signal)).toBe(first);
    const another = engineWithVolumes();
    another.state.noneNetwork = 'another engine';
    expect(await engineMarker(another.client).identify('o', none, signal)).not.toBe(first);
  });

  it('needs no call where the containers prove it', async () => {
    const { client, state } = engineWithVolumes();
    const marker = engineMarker(client);
    const uid = await marker.identify('o', none, signal);
    const before = state.calls;
    expect(await marker.identify('o', new Set([uid]), signal)).toBe(uid);
    expect(state.calls).toBe(before);
  });

  it.each([
    ['empty', (volumes: Volumes) => volumes.clear()],
    [
      'another host’s',
      (volumes: Volumes) => volumes.set(markerName('o'), { [label.owner]: 'o', [label.uid]: 'another' }),
    ],
  ])('refuses an exchanged engine that is %s', async (_, exchange) => {
    const { client, state } = engineWithVolumes();
    const marker = engineMarker(client);
    const uid = await marker.identify('o', none, signal);
    exchange(state.volumes);
    await expect(marker.identify('o', none, signal)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(marker.identify('o', new Set(['yet another']), signal)).rejects.toMatchObject({ code: 'unavailable' });
    // The former engine is back.
    state.volumes.set(markerName('o'), { [label.owner]: 'o', [label.uid]: uid });
    expect(await marker.identify('o', none, signal)).toBe(uid);
  });

  it('notices the exchange also when an owner is asked for that it has not seen yet', async () => {
    const { client, state } = engineWithVolumes();
    const marker = engineMarker(client);
    await marker.identify('o', none, signal);
    state.volumes.clear();
    await expect(marker.identify('new', none, signal)).rejects.toMatchObject({ code: 'unavailable' });
    expect(state.volumes.size).toBe(0);
  });

  it('comes back after somebody pruned volumes while instances were there', async () => {
    const { client, state } = engineWithVolumes();
    const marker = engineMarker(client);
    const uid = await marker.identify('o', none, signal);
    state.volumes.clear();
    // The running host proves it by what it knows, and so does a new one by the instances' labels.
    await expect(marker.identify('o', none, signal)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await engineMarker(client).identify('o', new Set([uid]), signal)).toBe(uid);
    expect(await marker.identify('o', none, signal)).toBe(uid);
  });

  it('does not take a volume that is not ours for the marker', async () => {
    const { client, state } = engineWithVolumes();
    state.volumes.set(markerName('o'), { somebody: 'else' });
    await expect(engineMarker(client).identify('o', none, signal)).rejects.toMatchObject({ code: 'already_exists' });
  });
});
