export function withLock<T>(path: string, task: () => Promise<T>, onWait?: (pid: number) => void): Promise<T>;
