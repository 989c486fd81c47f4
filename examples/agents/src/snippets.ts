import { createClient, type Manifest, parseManifest } from '@moorage/protocol';

/** The pages of the protocol quote these functions. */
export function readManifest(text: string): { manifest: Manifest; warnings: readonly string[] } {
  // #region manifest
  const { manifest, warnings } = parseManifest(JSON.parse(text));
  // #endregion
  return { manifest, warnings };
}

/** Deploys the divider on a host, then prints one event. */
export async function deployDivider(url: string, token: string): Promise<string> {
  // #region client
  const client = createClient({ url, token, customerId: 'customer-123' });
  const container = await client.createContainer({ agent_id: 'agent.divider', image: 'divider:1' });
  for await (const event of client.events({ after: 'start' })) {
    console.log(`${event.type}: ${event.message}`);
    if (event.container_id === container.container_id) break;
  }
  // #endregion
  return container.container_id;
}
