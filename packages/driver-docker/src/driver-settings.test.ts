import { describe, expect, it } from 'vitest';
import { toCapabilities, toSettings } from './driver-settings.js';

describe('toSettings', () => {
  it.each([
    ['networkRange', { networkRange: '10.0.0.0/30' }],
    ['logMaxBytes', { logMaxBytes: 100 }],
    ['logMaxBytes', { logMaxBytes: 5000.5 }],
    ['host', { host: 'ssh://engine.example' }],
  ])('refuses a wrong %s and names it', (field, options) => {
    expect(() => toSettings(options)).toThrowError(
      expect.objectContaining({ code: 'invalid_argument', context: expect.objectContaining({ field }) }),
    );
  });

  it('takes a remote engine for what it is', () => {
    expect(toSettings({ host: 'tcp://engine.example:2375' })).toMatchObject({
      local: false,
      engineHost: 'engine.example',
    });
    expect(toSettings({ socketPath: '/x.sock' })).toMatchObject({ engineHost: '127.0.0.1', publishHost: '127.0.0.1' });
  });
});

describe('toCapabilities', () => {
  const of = (options: Parameters<typeof toSettings>[0]) =>
    toCapabilities(toSettings({ socketPath: '/x.sock', ...options }));

  it('claims only what holds', () => {
    expect(of({}).isolation).toBe(true);
    expect(of({ publishHost: '0.0.0.0' }).isolation).toBe(false);
    expect(of({}).limits).toEqual({ cpu: true, memory: true, disk: false, pids: true });
    expect(of({ diskLimits: true }).limits.disk).toBe(true);
    expect(of({ socketPath: undefined, host: 'tcp://engine.example' }).egressControl).toBe(false);
    expect(of({}).usage).not.toContain('disk');
  });
});
