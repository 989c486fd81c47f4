import { createHash } from 'node:crypto';
import type { Template } from '../model/template.js';
import { canonicalJson } from './canonical-json.js';

/**
 * The identity of a template: 16 hexadecimal characters of SHA-256 over its canonical JSON. A secret enters by name and
 * version only. Computed once, at commit.
 */
export function templateHash(template: Template): string {
  const env = template.env.map((entry) =>
    'secret' in entry ? { name: entry.name, secretVersion: entry.secret.version } : entry,
  );
  return createHash('sha256')
    .update(canonicalJson({ ...template, env }))
    .digest('hex')
    .slice(0, 16);
}
