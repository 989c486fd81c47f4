import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';

/** The password in a file of mode 600, made once. The file is there whole or not at all, whenever the process dies. */
export async function readOrMakePassword(path: string): Promise<string> {
  const kept = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '';
    throw thrown;
  });
  if (kept.trim() !== '') return kept.trim();
  const password = randomBytes(24).toString('base64url');
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(`${password}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  return password;
}
