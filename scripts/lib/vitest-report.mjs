const colours = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const firstLine = (text) => (text ?? '').replace(colours, '').split('\n')[0].trim();

/**
 * Counts from the report that vitest's json reporter wrote (undefined: it wrote none) and from how the process ended.
 * A file that could not be loaded, an error outside of every test, a crash and a suite without tests each count as one
 * failure.
 */
export function readReport(report, { code, signal }) {
  const files = report?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults.map((test) => ({ file: file.name, ...test })));
  const failures = tests
    .filter(({ status }) => status === 'failed')
    .map(({ file, fullName, failureMessages }) => ({ file, name: fullName, message: firstLine(failureMessages?.[0]) }));
  for (const file of files) {
    const brokeOutside = file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed');
    if (brokeOutside) failures.push({ file: file.name, name: 'the file itself', message: firstLine(file.message) });
  }
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed').length;
  if (report !== undefined && tests.length === 0 && failures.length === 0) {
    failures.push({ file: '', name: 'vitest', message: 'no test was found' });
  }
  if (failures.length === 0 && (code !== 0 || signal !== null)) {
    const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
    failures.push({ file: '', name: 'vitest', message: `the test runner ${how}; its output is above` });
  }
  if (failures.length === 0 && passed === 0) {
    failures.push({ file: '', name: 'vitest', message: 'no test ran' });
  }
  return { passed, failed: failures.length, skipped, failures };
}

/** More than so many files that fail are no accident of a busy machine. */
const mostFilesToRepeat = 3;

/** The files worth a second try; none where it was not single files that failed. */
export function filesToRepeat({ failures }) {
  const files = [...new Set(failures.map(({ file }) => file))];
  return files.includes('') || files.length > mostFilesToRepeat ? [] : files;
}

/** The first report with the files of the second one in the place of theirs; without a second one there is none at all. */
export function withSecondTry(first, second) {
  if (!second) return undefined;
  const again = new Set(second.testResults.map(({ name }) => name));
  return { testResults: [...first.testResults.filter(({ name }) => !again.has(name)), ...second.testResults] };
}
