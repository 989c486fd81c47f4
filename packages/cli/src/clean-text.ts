/** Text from elsewhere, fit for a terminal: control characters could move its cursor or change its colours. */
export function cleanText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are meant
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
