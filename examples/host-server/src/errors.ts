import { isMoorageError } from '@moorage/protocol';

/** Why the host cannot start or go on, in one line for a person: what is wrong and the way out. */
export function explainFailure(thrown: unknown): string {
  return `Moorage cannot go on: ${oneLine(reason(thrown))}`;
}

function reason(thrown: unknown): string {
  const system = systemError(thrown);
  const said = system && explainSystemError(system);
  if (said) return said;
  // Programs that we start tell a full disk in words only.
  if (thrown instanceof Error && /No space left on device/i.test(thrown.message)) {
    return explainSystemError(Object.assign(new Error(), { code: 'ENOSPC' })) ?? thrown.message;
  }
  if (isMoorageError(thrown)) return thrown.message;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The file system's or the network's own error, also where one of ours was wrapped around it. */
function systemError(thrown: unknown): NodeJS.ErrnoException | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if (!isMoorageError(error) && typeof (error as NodeJS.ErrnoException).code === 'string') return error;
  }
  return undefined;
}

function explainSystemError(error: NodeJS.ErrnoException & { port?: number; address?: string }): string | undefined {
  const path = error.path === undefined ? 'the state folder' : error.path;
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${error.port} of ${error.address} is taken. Stop the program that listens there, or choose another with PORT`;
    case 'EADDRNOTAVAIL':
      return `this machine has no address ${error.address}. Set HOST to one that it has, such as 127.0.0.1`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk under ${path} is full. Free some space, or set MOORAGE_STATE to a folder on another disk`;
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      if (error.syscall === 'listen')
        return `port ${error.port} may not be opened by this user. Choose one above 1023 with PORT`;
      return `${path} may not be written by this user. Change its owner, or set MOORAGE_STATE to a folder of yours`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${path} is a file where a folder is needed. Move it away, or set MOORAGE_STATE to another folder`;
    default:
      return undefined;
  }
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').trim();
}
