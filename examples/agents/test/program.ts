import { type ChildProcess, spawn } from 'node:child_process';

/** A running Node program. */
export interface Program {
  readonly process: ChildProcess;
  /** All that it wrote so far, both streams. */
  output(): string;
  /** Resolves with the first group of the first match in its output. */
  written(pattern: RegExp): Promise<string>;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Starts a program with these variables and no others but PATH. */
export function startProgram(file: string, env: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const listeners = new Set<() => void>();
  const onData = (chunk: Buffer) => {
    text += chunk.toString('utf8');
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
      for (const listener of listeners) listener();
    });
  });
  const written = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(text);
        const gone = child.exitCode !== null || child.signalCode !== null;
        if (match) resolve(match[1] ?? match[0]);
        else if (gone) reject(new Error(`The program ended without writing ${pattern}: ${text}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return { process: child, output: () => text, written, ended };
}
