import { expect, it } from 'vitest';
import { greet } from '../src/greeter.js';

it('hosts a function as an agent, and takes it down again', async () => {
  expect(await greet()).toBe('Good day');
});
