import { expect, it } from 'vitest';
import { readOnlyUrl, withoutSecrets } from './open-store.js';

it('has the server refuse writes, beside the options that are there', () => {
  const plain = new URL(readOnlyUrl('postgresql://u:p%40ss@db:5433/x?sslmode=verify-full'));
  expect(plain.searchParams.get('options')).toBe('-c default_transaction_read_only=on');
  expect(plain.searchParams.get('sslmode')).toBe('verify-full');
  expect(plain.href).toContain('u:p%40ss@db:5433/x');
  const more = new URL(readOnlyUrl('postgresql://db/x?options=-c%20geqo%3Doff'));
  expect(more.searchParams.get('options')).toBe('-c geqo=off -c default_transaction_read_only=on');
  expect(readOnlyUrl('none')).toBe('none');
});

it('shows a database without its secrets', () => {
  expect(withoutSecrets('postgresql://user:hunter2@db:5433/x?password=hunter2')).toBe('db:5433/x');
  expect(withoutSecrets('hunter2')).toBe('…');
});
