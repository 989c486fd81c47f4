import type { Names } from '../names.js';

/** What each host works on, and which of two came earlier: hosts on one store share one engine. */
export function oneEngine({ of }: Names): string {
  return `
alter table ${of('moorage_hosts')}
  add column engine text,
  add column joined_at timestamptz not null default clock_timestamp();
`;
}
