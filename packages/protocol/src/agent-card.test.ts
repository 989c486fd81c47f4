import { describe, expect, it } from 'vitest';
import { fullManifest } from '../test/full-manifest.js';
import { actionsBinding, agentCardOf, capabilityNames, governanceExtension } from './agent-card.js';

const minimal = { agent_id: 'agent.a', name: 'A', version: '1.0.0' };
const url = 'http://127.0.0.1:42000/';

describe('agentCardOf', () => {
  it('makes a card of a full manifest', () => {
    expect(
      agentCardOf(fullManifest(), { url, provider: { organization: 'Acme', url: 'https://acme.example' } }),
    ).toEqual({
      name: 'Everything',
      description: 'Uses every field once',
      version: '2.1.0-rc.1+build.5',
      supportedInterfaces: [
        { url: 'http://127.0.0.1:42000/actions', protocolBinding: actionsBinding, protocolVersion: '1.0' },
      ],
      provider: { organization: 'Acme', url: 'https://acme.example' },
      capabilities: {
        streaming: false,
        pushNotifications: false,
        extendedAgentCard: false,
        extensions: [{ uri: governanceExtension, description: expect.any(String), required: false }],
      },
      defaultInputModes: ['application/json'],
      defaultOutputModes: ['application/json'],
      skills: [{ id: 'calculate', name: 'calculate', description: 'Calculates', tags: ['calculation'] }],
      securitySchemes: {
        oidc: {
          openIdConnectSecurityScheme: {
            openIdConnectUrl: 'https://login.example.com/.well-known/openid-configuration',
            description: 'Tokens of coresense',
          },
        },
      },
      securityRequirements: [{ schemes: { oidc: { list: ['container:manage'] } } }],
    });
  });

  it('takes the capabilities for skills where there are no tools', () => {
    const card = agentCardOf({ ...minimal, capabilities: ['add', { name: 'divide', level: 2 }] }, { url });
    expect(card.skills.map(({ id, tags }) => [id, tags])).toEqual([
      ['add', ['add']],
      ['divide', ['divide']],
    ]);
  });

  it('has one skill and a description at least, for a card without them is not valid', () => {
    const card = agentCardOf(minimal, { url });
    expect(card.skills).toEqual([{ id: 'agent.a', name: 'A', description: 'A', tags: ['agent'] }]);
    expect(card.description).toBe('A (agent.a)');
    expect(card).not.toHaveProperty('securitySchemes');
  });

  it('asks for a bearer token where the provider has no address, and for none where none is required', () => {
    const bearer = agentCardOf({ ...minimal, authentication: { required: true } }, { url });
    expect(bearer.securitySchemes).toEqual({ bearer: { httpAuthSecurityScheme: { scheme: 'Bearer' } } });
    const open = agentCardOf(
      { ...minimal, authentication: { required: false, provider_url: 'https://x.example' } },
      { url },
    );
    expect(open).not.toHaveProperty('securityRequirements');
  });

  it('says nothing of how the agent is run', () => {
    expect(JSON.stringify(agentCardOf(fullManifest(), { url }))).not.toMatch(/hunter2|API_KEY|registry/);
  });
});

describe('capabilityNames', () => {
  it('drops the levels', () => {
    expect(capabilityNames(fullManifest())).toEqual(['calculation', 'translation']);
    expect(capabilityNames(minimal)).toEqual([]);
  });
});
