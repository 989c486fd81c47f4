import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { docsPolicy } from './security-headers.js';

/** The files of the page, and nothing else of the package they come from. */
const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** Addresses are relative, so that the page works under any prefix. */
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Moorage API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({ url: new URL('openapi.json', document.baseURI).href, domNode: document.querySelector('#api'), deepLinking: true });
`;

/** The page that shows `/openapi.json`; everything it loads is served by this host. */
export function docsPage(): Response {
  return new Response(page, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': docsPolicy },
  });
}

/** A file that the page loads, or undefined when it has none of that name. */
export async function docsAsset(name: string): Promise<Response | undefined> {
  if (name === 'start.js')
    return new Response(start, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
  const type = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (type === undefined) return undefined;
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const bytes = new Uint8Array(await readFile(join(folder, name)));
  return new Response(bytes, { headers: { 'content-type': type, 'cache-control': 'public, max-age=3600' } });
}
