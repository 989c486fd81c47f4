// Rules over whole packages, and over any text in the repository.
const sharedFields = ['version', 'license', 'type', 'engines', 'sideEffects', 'files'];
const wantedFields = ['name', 'description', 'exports', ...sharedFields];
/** What one package publishes beside that which all do. */
const alsoPublished = { 'driver-k8s': ['manifests'] };
const conditions = ['@moorage/source', 'types', 'default'];

/** `packages`: `[{ name, folder, manifest, files }]`, `files` the names beside package.json. */
export function packageProblems(packages, rootManifest) {
  return packages.flatMap(({ name, folder, manifest, files }) => {
    const problems = [];
    for (const file of ['README.md', 'LICENSE', 'tsconfig.build.json']) {
      if (!files.includes(file)) problems.push(`${folder} has no ${file}`);
    }
    for (const field of wantedFields) {
      if (manifest[field] === undefined) problems.push(`${folder}/package.json has no "${field}"`);
    }
    if (manifest.name !== `@moorage/${name}`) problems.push(`${folder}/package.json is not named "@moorage/${name}"`);
    for (const field of sharedFields) {
      const common = field in rootManifest ? rootManifest[field] : packages[0].manifest[field];
      const first = field === 'files' ? [...common, ...(alsoPublished[name] ?? [])] : common;
      if (manifest[field] !== undefined && JSON.stringify(manifest[field]) !== JSON.stringify(first)) {
        problems.push(`${folder}/package.json: "${field}" is not as elsewhere: ${JSON.stringify(first)}`);
      }
    }
    for (const [entry, target] of Object.entries(manifest.exports ?? {})) {
      if (JSON.stringify(Object.keys(target)) !== JSON.stringify(conditions)) {
        problems.push(
          `${folder}/package.json: exports "${entry}" needs the conditions ${conditions.join(', ')} in this order`,
        );
      }
    }
    for (const [dependency, range] of Object.entries(manifest.dependencies ?? {})) {
      if (dependency.startsWith('@moorage/') && range !== rootManifest.version) {
        problems.push(`${folder}/package.json: "${dependency}" must be "${rootManifest.version}", the version of all`);
      }
    }
    return problems.map((message) => ({ path: `${folder}/package.json`, line: 1, message }));
  });
}

const machinePath = /(?<![\w.~-])\/(?:work|root|farm)\/[A-Za-z]/;

/** A path of one developer's machine helps nobody else. */
export function machinePaths(path, text) {
  return text
    .split('\n')
    .flatMap((line, index) =>
      machinePath.test(line) ? [{ path, line: index + 1, message: 'a path of one machine' }] : [],
    );
}
