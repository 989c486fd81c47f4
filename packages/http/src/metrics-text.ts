/**
 * The Prometheus text format, version 0.0.4, from figures by name. A name may carry labels already
 * (`moorage_events_total{type="x"}`); what ends in `_total` is a counter, all else a gauge.
 */
export function metricsText(figures: Readonly<Record<string, number>>): string {
  const families = new Map<string, string[]>();
  for (const [name, value] of Object.entries(figures)) {
    const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})?$/.exec(name.replace(/^[^{]*/, safeName));
    if (!match?.[1]) continue;
    const family = match[1].startsWith('moorage_') ? match[1] : `moorage_${match[1]}`;
    const lines = families.get(family) ?? [];
    lines.push(`${family}${match[2] ?? ''} ${figure(value)}`);
    families.set(family, lines);
  }
  const blocks = [...families].map(([family, lines]) => {
    const kind = family.endsWith('_total') ? 'counter' : 'gauge';
    return [`# TYPE ${family} ${kind}`, ...lines].join('\n');
  });
  return `${blocks.join('\n')}\n`;
}

function safeName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^a-zA-Z0-9_:]/g, '_')
    .toLowerCase();
}

function figure(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}
