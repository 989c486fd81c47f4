import { describe, expect, it } from 'vitest';
import { workload } from '../test/full-wish.js';
import { checkSharing } from './check-sharing.js';
import { volumeSettings } from './volume-settings.js';

const kept = { ...workload, template: { ...workload.template, volumes: [{ name: 'data', path: '/data' }] } };
const range = { min: 1, max: 2, targets: [] };

describe('checkSharing', () => {
  it('refuses a second instance where a volume can be had by one only', () => {
    const alone = volumeSettings({});
    expect(() => checkSharing({ ...kept, replicas: { fixed: 2 } }, alone)).toThrow(/ReadWriteMany/);
    expect(() => checkSharing({ ...kept, replicas: range }, alone)).toThrow(/Cannot run 2 instances/);
  });

  it('lets through what can be shared, needs none, or is one', () => {
    checkSharing({ ...kept, replicas: { fixed: 2 } }, volumeSettings({ accessMode: 'ReadWriteMany' }));
    checkSharing({ ...workload, replicas: { fixed: 2 } }, volumeSettings({}));
    for (const fixed of [0, 1]) checkSharing({ ...kept, replicas: { fixed } }, volumeSettings({}));
  });
});
