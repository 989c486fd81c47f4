// A small stand-in for a marketplace: it rents agents out on a host, remembers where they are, and finds them by capability.
// Started with HOST_URL and HOST_TOKEN; prints its own address as its first line.
import { createServer } from 'node:http';

const { HOST_URL, HOST_TOKEN } = process.env;
const catalogue = new Map();

async function host(action, params) {
  const answer = await fetch(`${HOST_URL}/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${HOST_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'marketplace', action, params }),
  });
  const { result, error } = await answer.json();
  if (error) throw new Error(error.message);
  return result;
}

const routes = {
  'POST /rent': async ({ customer, manifest }) => {
    const { container_id, address, health_url } = await host('create_container', { customer_id: customer, manifest });
    catalogue.set(container_id, { customer, agent: manifest.agent_id, capabilities: manifest.capabilities });
    return { container_id, address, health_url };
  },
  'POST /find': async ({ customer, capability }) => {
    for (const entry of catalogue.values()) {
      if (entry.customer !== customer || !entry.capabilities.includes(capability)) continue;
      return host('get_address', { agent_id: entry.agent, customer_id: customer });
    }
    throw new Error(`nobody can do "${capability}"`);
  },
  'POST /bill': ({ customer }) => host('list_usage', { customer_id: customer }),
};

const server = createServer(async (request, response) => {
  try {
    let body = '';
    for await (const part of request) body += part;
    const answer = await routes[`${request.method} ${request.url}`](JSON.parse(body));
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(500).end(JSON.stringify({ error: String(error) }));
  }
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
