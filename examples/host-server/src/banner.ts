import type { ChosenDriver } from './choose-driver.js';
import type { ChosenToken } from './token.js';

export interface BannerFacts {
  readonly driver: ChosenDriver;
  readonly store: string;
  /** Where the API answers. */
  readonly url: string;
  readonly token: ChosenToken;
  readonly tokenFile: string;
  readonly calculator: {
    readonly created: boolean;
    /** Undefined where nothing real runs. */
    readonly address: string | undefined;
    readonly customer: string;
  };
  /** How agents report usage, or why they do not. */
  readonly usage: string;
}

/** What is told once the host is ready; the last line is the sign for people and programs alike. */
export function banner(facts: BannerFacts): string {
  const { driver, store, url, token, calculator } = facts;
  const header = token.token === undefined ? '' : ` -H 'Authorization: Bearer ${token.token}'`;
  const list = `curl -s${header} ${url}/v1/containers`;
  const body = `'{"action":"calculate","params":{"a":5,"b":3,"op":"+"}}'`;
  const calculate = `curl -s -H 'Content-Type: application/json' -d ${body} ${calculator.address}/actions`;
  const watch = `curl -sN${header} '${url}/v1/events?after=start'`;
  return [
    '',
    `  Driver    ${driver.name} (${driver.why})`,
    `  Store     ${store}`,
    `  Address   ${url}`,
    `  Token     ${tokenWords(facts)}`,
    `  Usage     ${facts.usage}`,
    `  Agent     the calculator ${calculator.created ? 'was deployed' : 'goes on'} for ${calculator.customer}`,
    '',
    '  List what runs:',
    `    ${list}`,
    '  Calculate 5 + 3, at the agent itself:',
    `    ${calculator.address === undefined ? '# nothing real runs on the memory driver' : calculate}`,
    '  Watch what happens:',
    `    ${watch}`,
    '',
    `  Next: the API is shown at ${url}/docs; examples/embedded puts the same into your own service.`,
    '  Ctrl-C ends the host and leaves the agents running; "npm start -- --remove" takes them down.',
    '',
    `Moorage is ready: ${url}`,
    '',
  ].join('\n');
}

function tokenWords({ token, tokenFile }: BannerFacts): string {
  if (token.token === undefined) return 'none: only this machine is served';
  return token.source === 'state folder' ? `${token.token} (kept in ${tokenFile})` : 'as MOORAGE_TOKEN says';
}
