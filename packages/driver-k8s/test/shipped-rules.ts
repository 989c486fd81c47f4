import { readFile } from 'node:fs/promises';
import { loadAllYaml } from '@kubernetes/client-node';
import type { RoleRule } from './limited-account.js';

/** The rules of every role in a file of the shipped manifests. */
export async function shippedRules(file: string): Promise<readonly RoleRule[]> {
  const text = await readFile(new URL(`../manifests/${file}`, import.meta.url), 'utf8');
  return (loadAllYaml(text) as { readonly rules?: readonly RoleRule[] }[]).flatMap(({ rules }) => rules ?? []);
}
