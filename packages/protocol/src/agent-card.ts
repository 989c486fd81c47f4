import type { Manifest } from './manifest.js';

/** Wire version of A2A that the cards are written for. */
const protocolVersion = '1.0';

/** Names our own action envelope as a binding of A2A, which has URIs for what is not its own. */
export const actionsBinding = 'urn:moorage:actions:1';
/** Declares that the agent's manifest holds ethics, desires or authority. Data only; nothing has to be opted in to. */
export const governanceExtension = 'urn:moorage:governance:1';

export interface AgentInterface {
  readonly url: string;
  readonly protocolBinding: string;
  readonly protocolVersion: string;
}

export interface AgentSkill {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
}

export type SecurityScheme =
  | { readonly openIdConnectSecurityScheme: { readonly openIdConnectUrl: string; readonly description?: string } }
  | { readonly httpAuthSecurityScheme: { readonly scheme: string; readonly description?: string } };

/** An A2A 1.0 agent card, in its JSON form. */
export interface AgentCard {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly supportedInterfaces: readonly AgentInterface[];
  readonly provider?: { readonly organization: string; readonly url: string };
  readonly capabilities: {
    readonly streaming: boolean;
    readonly pushNotifications: boolean;
    readonly extendedAgentCard: boolean;
    readonly extensions?: readonly { readonly uri: string; readonly description: string; readonly required: boolean }[];
  };
  readonly defaultInputModes: readonly string[];
  readonly defaultOutputModes: readonly string[];
  readonly skills: readonly AgentSkill[];
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
  readonly securityRequirements?: readonly {
    readonly schemes: Readonly<Record<string, { readonly list: readonly string[] }>>;
  }[];
}

export interface AgentCardOptions {
  /** Base URL where the agent answers. */
  readonly url: string;
  readonly provider?: { readonly organization: string; readonly url: string } | undefined;
  /** [one: `<url>/actions`, bound to our action envelope] */
  readonly interfaces?: readonly AgentInterface[] | undefined;
}

/** The A2A card of an agent, from its manifest. Tools become skills; without any, the capabilities do. */
export function agentCardOf(manifest: Manifest, options: AgentCardOptions): AgentCard {
  const base = options.url.replace(/\/+$/, '');
  const own = { url: `${base}/actions`, protocolBinding: actionsBinding, protocolVersion };
  const governed = manifest.ethics ?? manifest.desires ?? manifest.authority;
  return {
    name: manifest.name,
    description: manifest.description ?? `${manifest.name} (${manifest.agent_id})`,
    version: manifest.version,
    supportedInterfaces: options.interfaces ?? [own],
    ...(options.provider === undefined ? {} : { provider: options.provider }),
    capabilities: {
      streaming: false,
      pushNotifications: false,
      extendedAgentCard: false,
      ...(governed === undefined ? {} : { extensions: [governance] }),
    },
    defaultInputModes: ['application/json'],
    defaultOutputModes: ['application/json'],
    skills: skillsOf(manifest),
    ...securityOf(manifest),
  };
}

const governance = {
  uri: governanceExtension,
  description: 'The manifest declares ethics, desires or authority',
  required: false,
};

/** The words of a manifest's capabilities, with or without levels. */
export function capabilityNames(manifest: Manifest): readonly string[] {
  return (manifest.capabilities ?? []).map((each) => (typeof each === 'string' ? each : each.name));
}

function skillsOf(manifest: Manifest): readonly AgentSkill[] {
  const tools = (manifest.tools ?? []).map(({ name, description, category }) => ({
    id: name,
    name,
    description: description || name,
    tags: [category || 'tool'],
  }));
  if (tools.length > 0) return tools;
  const capabilities = capabilityNames(manifest).map((name) => ({ id: name, name, description: name, tags: [name] }));
  if (capabilities.length > 0) return capabilities;
  // A card without a skill is not valid: the agent as a whole is the skill.
  const description = manifest.description ?? manifest.name;
  return [{ id: manifest.agent_id, name: manifest.name, description, tags: ['agent'] }];
}

function securityOf({ authentication }: Manifest): Pick<AgentCard, 'securitySchemes' | 'securityRequirements'> {
  if (!authentication || authentication.required === false) return {};
  const list = authentication.scopes_required ?? [];
  const { provider_url: issuer, provider } = authentication;
  const description = provider === undefined ? {} : { description: `Tokens of ${provider}` };
  if (issuer === undefined) {
    const httpAuthSecurityScheme = { scheme: 'Bearer', ...description };
    return {
      securitySchemes: { bearer: { httpAuthSecurityScheme } },
      securityRequirements: [{ schemes: { bearer: { list } } }],
    };
  }
  const openIdConnectUrl = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
  return {
    securitySchemes: { oidc: { openIdConnectSecurityScheme: { openIdConnectUrl, ...description } } },
    securityRequirements: [{ schemes: { oidc: { list } } }],
  };
}
