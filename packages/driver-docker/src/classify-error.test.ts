import { type ErrorCode, MoorageError } from '@moorage/core/driver';
import { describe, expect, it } from 'vitest';
import { classifyError, engineWords, statusOf } from './classify-error.js';

const live = new AbortController().signal;
const scene = {
  operation: 'driver.create',
  action: 'Cannot create instance "x"',
  address: '/run/engine.sock',
  signal: live,
};

const refused = (statusCode: number, message: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message} `), { statusCode, json: { message } });
const network = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

const table: readonly [string, unknown, ErrorCode][] = [
  ['a socket that is not there', network('ENOENT'), 'unavailable'],
  ['an engine that is down', network('ECONNREFUSED'), 'unavailable'],
  ['a broken connection', network('ECONNRESET'), 'unavailable'],
  ['a hang-up without a code', new Error('socket hang up'), 'unavailable'],
  ['something else than an engine', network('HPE_INVALID_CONSTANT'), 'unavailable'],
  ['no right to the socket', network('EACCES'), 'permission_denied'],
  [
    'several failed addresses',
    Object.assign(new AggregateError([network('ECONNREFUSED')], 'all failed')),
    'unavailable',
  ],
  ['a missing container', refused(404, 'No such container: x'), 'not_found'],
  [
    'a missing image',
    refused(404, 'manifest for 127.0.0.1:5000/a:1 not found: manifest unknown: manifest unknown'),
    'invalid_argument',
  ],
  [
    'an image that needs a login',
    refused(500, 'Get "http://127.0.0.1:5000/v2/a/manifests/1": no basic auth credentials'),
    'invalid_argument',
  ],
  [
    'an image that is denied',
    refused(404, "pull access denied for a, repository does not exist or may require 'docker login'"),
    'invalid_argument',
  ],
  ['a wrong image name', refused(400, 'invalid reference format'), 'invalid_argument'],
  [
    'a registry out of reach',
    refused(500, 'Get "https://r/v2/": dial tcp: lookup r on 10.0.0.1:53: no such host'),
    'unavailable',
  ],
  ['a registry that is busy', refused(500, 'toomanyrequests: slow down'), 'unavailable'],
  ['an error line of a pull', new Error('manifest unknown'), 'invalid_argument'],
  [
    'a command that is not there',
    refused(400, 'OCI runtime create failed: exec: "/nope": stat /nope: no such file or directory'),
    'invalid_argument',
  ],
  ['too little memory', refused(400, 'Minimum memory limit allowed is 6MB'), 'invalid_argument'],
  ['a full disk', refused(500, 'write /x: no space left on device'), 'resource_exhausted'],
  ['a taken port', refused(500, 'Bind for 127.0.0.1:8080 failed: port is already allocated'), 'resource_exhausted'],
  [
    'a full network',
    refused(500, "no available IPv4 addresses on this network's address pools: n"),
    'resource_exhausted',
  ],
  [
    'a disk limit that is not there',
    refused(500, '--storage-opt is supported only for overlay over xfs with "pquota" mount option'),
    'unsupported',
  ],
  ['a conflict', refused(409, 'removal of container x is already in progress'), 'conflict'],
  ['a proxy without its engine', refused(503, 'Service Unavailable'), 'unavailable'],
  ['an unknown failure', refused(500, 'something odd'), 'internal'],
  ['a fault of ours', new TypeError('x is undefined'), 'internal'],
];

describe('classifyError', () => {
  it.each(table)('%s', (_, thrown, code) => {
    const error = classifyError(thrown, scene);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^Cannot create instance "x": /);
    expect(error.operation).toBe('driver.create');
    expect(error.cause).toBe(thrown);
  });

  it('leaves an error of ours as it is', () => {
    const ours = new MoorageError('unsupported', 'no');
    expect(classifyError(ours, scene)).toBe(ours);
  });

  it.each([
    [new MoorageError('timeout', 'guard'), 'timeout'],
    [new DOMException('late', 'TimeoutError'), 'timeout'],
    [new DOMException('stop', 'AbortError'), 'cancelled'],
    ['any reason', 'cancelled'],
  ])('whatever the engine said, an aborted call is that abort (%#)', (reason, code) => {
    const signal = AbortSignal.abort(reason);
    expect(classifyError(refused(500, 'whatever'), { ...scene, signal }).code).toBe(code);
  });

  it('takes the engine words out of what its client wraps around them', () => {
    expect(engineWords(refused(500, 'two\n lines'))).toBe('two lines');
    expect(engineWords(new Error('(HTTP code 404) no such container - gone '))).toBe('gone');
    expect(engineWords('text')).toBe('text');
    expect(statusOf(refused(418, ''))).toBe(418);
    expect(statusOf(null)).toBeUndefined();
  });
});
