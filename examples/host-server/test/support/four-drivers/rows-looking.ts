import type { DriverCapabilities } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import type { IncidentRecord, LogRecord, ResourceSampleRecord } from '@moorage/protocol';
import { patience } from '../../faults/support/patience.js';
import { plain } from './plain.js';
import type { Row } from './rows.js';
import { customer } from './walk.js';

const figures = {
  cpu: ['cpu_usage'],
  memory: ['memory_usage'],
  disk: ['disk_usage'],
  network: ['network_in', 'network_out'],
} as const;

/** What each figure of a sample is: a number where the driver can measure it, else told as such. */
function wantedFigures({ usage }: DriverCapabilities): object {
  const kinds = (['cpu', 'memory', 'disk', 'network'] as const).flatMap((kind) =>
    figures[kind].map((name) => [name, usage.includes(kind) ? 'number' : 'unsupported'] as const),
  );
  return Object.fromEntries(kinds);
}

function kindsOfFigures(sample: ResourceSampleRecord): object {
  const names = Object.values(figures).flat();
  return Object.fromEntries(
    names.map((name) => [name, typeof sample[name] === 'number' ? 'number' : (sample[name] ?? 'not measured yet')]),
  );
}

/** Looking at one agent that runs, and at one that has ended by itself. */
export const lookingRows: readonly Row[] = [
  {
    what: 'tells its health',
    does: async ({ api, id }) => {
      const path = `/v1/containers/${await id('main')}/health?limit=1`;
      return eventually(
        'a good check',
        async () => {
          const { status, data } = await api<{ status: string; checks: unknown[] }>('GET', path);
          return data.status === 'ok' && data.checks.length > 0 && { status, data: plain(data) };
        },
        patience,
      );
    },
    expected: {
      status: 200,
      data: {
        ...{ container_id: '<id>', status: 'ok', health: 'healthy', response_time: '<figure>', load: '<figure>' },
        ...{ error_message: null, checked_at: '<time>' },
        checks: [
          {
            ...{ container_id: '<id>', instance_id: '<id>', status: 'ok', response_time: '<figure>' },
            ...{ load: '<figure>', error_message: null, checked_at: '<time>' },
          },
        ],
      },
    },
  },
  {
    what: 'reads what it wrote',
    does: async ({ api, id, untilInstances }) => {
      // One of an earlier version may be listed until its end is through, and has nothing to read after it.
      const [instance] = await untilInstances('main', 1);
      const path = `/v1/containers/${await id('main')}/logs?instance_id=${instance?.instance_id}`;
      return eventually(
        'both lines',
        async () => {
          const { data } = await api<{ logs: LogRecord[] }>('GET', path);
          return data.logs.length === 2 && plain(data.logs);
        },
        patience,
      );
    },
    expected: [
      { instance_id: '<id>', stream: 'stdout', at: '<time>', text: 'line 1' },
      { instance_id: '<id>', stream: 'stdout', at: '<time>', text: 'line 2' },
    ],
  },
  {
    what: 'reads the last line alone',
    does: async ({ api, id, untilInstances }) => {
      const [instance] = await untilInstances('main', 1);
      const path = `/v1/containers/${await id('main')}/logs?tail=1&instance_id=${instance?.instance_id}`;
      return (await api<{ logs: LogRecord[] }>('GET', path)).data.logs.map(({ text }) => text);
    },
    expected: ['line 2'],
  },
  {
    what: 'measures what it uses',
    does: async ({ api, id, capabilities }) => {
      const path = `/v1/containers/${await id('main')}/usage`;
      const wanted = JSON.stringify(wantedFigures(capabilities));
      return eventually(
        'every figure that can be had',
        async () => {
          const { data } = await api<{ samples: ResourceSampleRecord[] }>('GET', path);
          const kinds = data.samples.map(kindsOfFigures);
          return JSON.stringify(kinds) === `[${wanted}]` && kinds;
        },
        patience,
      );
    },
    expected: (capabilities: DriverCapabilities) => [wantedFigures(capabilities)],
  },
  {
    what: 'tells why an instance ended, and has another one',
    does: async ({ api, id, engine, record, untilInstances, until }) => {
      const before = await untilInstances('main', 1);
      const { address } = await record('main');
      // The answer may be cut off by the end.
      await engine.ask(address ?? '', '/exit?code=3').catch(() => undefined);
      const path = `/v1/containers/${await id('main')}/incidents`;
      const incident = await eventually(
        'its incident',
        async () => {
          const { data } = await api<{ incidents: IncidentRecord[] }>('GET', path);
          return data.incidents.find(({ instance_id }) => instance_id === before[0]?.instance_id);
        },
        patience,
      );
      const { message, logs, samples: _samples, ...rest } = incident;
      await until('main', 'is ready again', ({ phase }) => phase === 'ready');
      const after = await untilInstances('main', 1);
      return {
        ...(plain(rest) as object),
        // What a driver knows beyond that comes behind.
        message: /^[^,]*/.exec(message.replace(incident.instance_id, '<id>'))?.[0],
        lines: logs.map(({ text }) => text),
        another: after[0]?.instance_id !== before[0]?.instance_id,
      };
    },
    expected: {
      ...{ incident_id: '<id>', container_id: '<id>', customer_id: customer, instance_id: '<id>' },
      ...{ reason: 'exit-code', message: '<id> ended: exit code 3', exit_code: 3, signal: null, oom: false },
      ...{ created_at: '<time>', lines: ['line 1', 'line 2'], another: true },
    },
  },
];
