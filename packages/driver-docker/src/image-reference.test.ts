import { expect, it } from 'vitest';
import { parseImageReference } from './image-reference.js';

const digest = `sha256:${'a'.repeat(64)}`;

it.each([
  ['busybox', 'docker.io', 'busybox', 'latest'],
  ['busybox:1.36', 'docker.io', 'busybox', '1.36'],
  ['team/tool', 'docker.io', 'team/tool', 'latest'],
  ['localhost/tool:1', 'localhost', 'localhost/tool', '1'],
  ['registry.example/team/tool:1.2-rc', 'registry.example', 'registry.example/team/tool', '1.2-rc'],
  ['127.0.0.1:5000/tool', '127.0.0.1:5000', '127.0.0.1:5000/tool', 'latest'],
  [`tool@${digest}`, 'docker.io', 'tool', digest],
  [`127.0.0.1:5000/a/b:1@${digest}`, '127.0.0.1:5000', '127.0.0.1:5000/a/b', digest],
  [`127.0.0.1:5000/a@${digest}`, '127.0.0.1:5000', '127.0.0.1:5000/a', digest],
])('%s', (image, registry, repository, tag) => {
  expect(parseImageReference(image)).toEqual({ registry, repository, tag });
});
