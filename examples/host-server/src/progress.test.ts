import { expect, it } from 'vitest';
import { createProgress } from './progress.js';

const recorder = (isTTY: boolean) => {
  const written: string[] = [];
  return { written, stream: { isTTY, write: (text: string) => written.push(text) } };
};

it('writes over one line on a terminal', () => {
  const { written, stream } = recorder(true);
  const progress = createProgress(stream);
  progress.show('Working');
  progress.clear();
  expect(written).toEqual(['\r\u001b[KWorking …', '\r\u001b[K']);
});

it('is silent elsewhere', () => {
  const { written, stream } = recorder(false);
  createProgress(stream).show('Working');
  expect(written).toEqual([]);
});
