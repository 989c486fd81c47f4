import { MoorageError } from '@moorage/protocol';
import { expect, it } from 'vitest';
import { explainFailure } from './errors.js';

const system = (fields: Record<string, unknown>) => Object.assign(new Error('EXYZ: something, raw'), fields);

it.each([
  [system({ code: 'EADDRINUSE', port: 3000, address: '127.0.0.1' }), /port 3000 of 127\.0\.0\.1 is taken.*PORT/],
  [system({ code: 'EADDRNOTAVAIL', address: '10.1.1.1' }), /no address 10\.1\.1\.1.*HOST/],
  [system({ code: 'ENOSPC', path: '/data/x' }), /disk under \/data\/x is full.*MOORAGE_STATE/],
  [system({ code: 'ENOSPC' }), /disk under the state folder is full/],
  [system({ code: 'EACCES', path: '/srv/x' }), /\/srv\/x may not be written/],
  [system({ code: 'EACCES', syscall: 'listen', port: 80 }), /port 80 may not be opened.*1023/],
  [system({ code: 'ENOTDIR', path: '/etc/passwd/x' }), /is a file where a folder is needed/],
  [new MoorageError('unavailable', 'Docker is away.\n Start it'), /Docker is away\. Start it/],
  [new MoorageError('internal', 'raw', { cause: system({ code: 'ENOSPC', path: '/d' }) }), /disk under \/d is full/],
  [new MoorageError('internal', 'initdb: FATAL: No space left on device'), /disk under the state folder is full/],
  [new Error('first\nsecond'), /first second/],
  ['text', /text/],
])('explains %s in one line', (thrown, line) => {
  const said = explainFailure(thrown);
  expect(said).toMatch(line);
  expect(said).toMatch(/^Moorage cannot go on: .+$/);
  expect(said).not.toContain('\n');
});
