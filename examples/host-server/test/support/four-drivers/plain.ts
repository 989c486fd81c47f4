const times = /_at$|^at$/;
const names = new Set(['container_id', 'instance_id', 'incident_id', 'next']);
const places = new Set(['address', 'health_url', 'ip']);
/** What a figure is depends on when it is asked for: that it is one is all that can be the same. */
const figures = new Set(['response_time', 'uptime', 'port', 'load']);
/** Measured now and then: a row of its own asks for them. */
const sampled = new Set(['cpu_usage', 'memory_usage', 'disk_usage']);

/**
 * A record of the API with everything taken out that is another at each start: ids, times, addresses, figures. What is
 * null stays null, for that is an answer of its own.
 */
export function plain(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, key));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([name]) => !sampled.has(name));
    return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner, name)]));
  }
  if (value === null) return null;
  if (times.test(key)) return '<time>';
  if (names.has(key)) return '<id>';
  if (places.has(key)) return '<place>';
  return figures.has(key) ? '<figure>' : value;
}
