import { agentCardOf, endpoints, MoorageError } from '@moorage/protocol';
import type { Hono } from 'hono';
import { failure, success } from '../answer.js';
import { baseUrlOf, type HttpContext, type HttpEnv } from '../context.js';
import { docsAsset, docsPage } from '../docs-page.js';
import { hostManifest } from '../host-manifest.js';
import { metricsText } from '../metrics-text.js';
import { openApi } from '../open-api.js';
import { requireOperator } from '../tenant-wall.js';
import { version } from '../version.js';

/** What the host says of itself. All but the figures is open: it tells nothing of any customer. */
export function addMetaRoutes(app: Hono<HttpEnv>, context: HttpContext): void {
  const manifest = hostManifest(context.options.manifest ?? {}, version);
  app.get(endpoints.manifest, () => success(manifest));
  app.get(endpoints.agentCard, (c) => {
    const url = baseUrlOf(context, c);
    return Response.json(agentCardOf(manifest, { url: `${url}/v1` }));
  });
  app.get(endpoints.healthz, async () => {
    const { live } = await context.host.check();
    return live ? success({ live }) : failure(notWell('live', []));
  });
  app.get(endpoints.readyz, async (c) => {
    const { ready, problems } = await context.host.check();
    if (ready) return success({ ready });
    return failure(notWell('ready', (await isOperator(context, c.req.raw)) ? problems : []));
  });
  app.get(endpoints.metrics, async (c) => {
    requireOperator(await context.gate(c.req.raw));
    const text = metricsText(context.host.metrics());
    return new Response(text, { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } });
  });
  app.get(endpoints.openapi, (c) => Response.json(openApi(baseUrlOf(context, c))));
  app.get('/docs', () => docsPage());
  app.get('/docs/:file', async (c) => (await docsAsset(c.req.param('file'))) ?? c.notFound());
}

/** What is wrong may name customers' things and the engine's address: for operators only. */
async function isOperator(context: HttpContext, request: Request): Promise<boolean> {
  try {
    requireOperator(await context.gate(request));
    return true;
  } catch {
    return false;
  }
}

function notWell(what: string, problems: readonly string[]): MoorageError {
  const words = problems.length === 0 ? 'ask with an operator’s token for the reason' : problems.join('; ');
  return new MoorageError('unavailable', `The host is not ${what}: ${words}`, { operation: 'host.check' });
}
