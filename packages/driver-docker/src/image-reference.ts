/** Where an image comes from and how a pull has to name it. */
export interface ImageReference {
  /** Host and port; `docker.io` for names without one. */
  readonly registry: string;
  readonly repository: string;
  /** Tag or digest; `latest` where none is given, for the engine would pull every tag. */
  readonly tag: string;
}

/** Pure; takes names as people write them: `busybox`, `team/tool:1.2`, `registry.example:5000/a/b@sha256:…`. */
export function parseImageReference(image: string): ImageReference {
  const at = image.indexOf('@');
  const colon = image.lastIndexOf(':');
  const separator = at >= 0 ? at : colon > image.lastIndexOf('/') ? colon : -1;
  const repository = separator < 0 ? image : image.slice(0, separator);
  const host = repository.includes('/') ? repository.slice(0, repository.indexOf('/')) : '';
  return {
    registry: /[.:]|^localhost$/.test(host) ? host : 'docker.io',
    // `name:tag@digest` is pulled by its digest.
    repository: at >= 0 && colon > repository.lastIndexOf('/') ? repository.replace(/:[^:/]*$/, '') : repository,
    tag: separator < 0 ? 'latest' : image.slice(separator + 1),
  };
}
