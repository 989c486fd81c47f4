/** Says what is being done; on a terminal only. */
export type Progress = (text: string) => void;

/** One line that is written over, on a terminal; nothing elsewhere. */
export function createProgress(stream: { readonly isTTY?: boolean | undefined; write(text: string): unknown }) {
  const clear = '\r\u001b[K';
  return {
    show(text: string): void {
      if (stream.isTTY) stream.write(`${clear}${text} …`);
    },
    clear(): void {
      if (stream.isTTY) stream.write(clear);
    },
  };
}
