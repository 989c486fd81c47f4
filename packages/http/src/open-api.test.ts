import { readFileSync } from 'node:fs';
import { type ActionRow, actionNames, actions } from '@moorage/protocol';
import { describe, expect, it } from 'vitest';
import { openApi } from './open-api.js';
import { version } from './version.js';

interface Operation {
  operationId?: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: { 'application/json': { schema: { properties?: Record<string, unknown> } } } };
  responses: Record<string, unknown>;
}

const document = openApi('http://localhost:3000/moorage');
const paths = document.paths as Record<string, Record<string, Operation>>;

it('is of the version of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  expect(version).toBe(manifest.version);
  expect(document.info).toMatchObject({ version });
});

describe('openApi', () => {
  it.each(actionNames)('has %s under its route', (name) => {
    const { rest }: ActionRow = actions[name];
    const operation = paths[rest.path.replace(/:([a-z_]+)/g, '{$1}')]?.[rest.method.toLowerCase()];
    expect(operation?.operationId).toBe(name);
    expect(operation?.responses).toHaveProperty(String(rest.successStatus));
    const inPath = [...rest.path.matchAll(/:([a-z_]+)/g)].map((match) => match[1]);
    const declared = operation?.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
    expect(declared.map((parameter) => [parameter.name, parameter.required])).toEqual(inPath.map((key) => [key, true]));
    const body = operation?.requestBody?.content['application/json'].schema.properties ?? {};
    for (const key of inPath) expect(body).not.toHaveProperty(String(key));
  });

  it('is plain JSON without references that lead nowhere', () => {
    const text = JSON.stringify(document);
    for (const [, path] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = path?.split('/').reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], document);
      expect([path, target]).toEqual([path, expect.anything()]);
    }
  });
});
