import { createHmac } from 'node:crypto';
import type { AgentEnv, Authenticate } from '@moorage/http';
import { bearerToken, sameSecret, usageScope } from '@moorage/http';

/** What agents need to report usage: a token for each customer, which opens nothing else and no other customer. */
export interface UsageAccess {
  tokenFor(tenant: string): string;
  /** Lets these tokens in and leaves every other request to `others`. */
  authenticate(others: Authenticate): Authenticate;
  /** Variables for an agent, or none where it cannot reach the host. */
  env(url: string | undefined): AgentEnv;
}

const prefix = 'usage.';

/** Tokens are computed from `key`, so that none has to be kept. */
export function usageAccess(key: string): UsageAccess {
  const tokenFor = (tenant: string) => {
    const name = Buffer.from(tenant, 'utf8').toString('base64url');
    return `${prefix}${name}.${createHmac('sha256', key).update(tenant).digest('base64url')}`;
  };
  return {
    tokenFor,
    authenticate: (others) => async (request) => {
      const given = bearerToken(request.headers);
      if (!given?.startsWith(prefix)) return others(request);
      const tenant = Buffer.from(given.slice(prefix.length).split('.')[0] ?? '', 'base64url').toString('utf8');
      // A forged one is as good as any other wrong token.
      if (!sameSecret(given, tokenFor(tenant))) return others(request);
      return { subject: `agents of ${tenant}`, tenant, scopes: [usageScope] };
    },
    env:
      (url) =>
      ({ tenant, agentId }) =>
        url === undefined
          ? []
          : [
              { name: 'MOORAGE_USAGE_URL', value: url },
              { name: 'MOORAGE_CUSTOMER_ID', value: tenant },
              { name: 'MOORAGE_AGENT_ID', value: agentId },
              { name: 'MOORAGE_USAGE_TOKEN', value: tokenFor(tenant), secret: true },
            ],
  };
}
