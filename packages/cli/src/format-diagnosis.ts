import type { Diagnosis, Finding } from '@moorage/core';
import { cleanText } from './clean-text.js';

/** Where was looked, in a person's words; holds no password. */
export interface Looked {
  readonly store: string;
  readonly engine: string;
}

/** The whole report of a doctor, differences first. */
export function formatDiagnosis(diagnosis: Diagnosis, looked: Looked): string {
  const { findings, hosts, deployments, instances } = diagnosis;
  const differences = findings.filter((finding) => finding.differs);
  const foreign = findings.filter((finding) => finding.kind === 'not-ours');
  const notes = findings.filter((finding) => !finding.differs && finding.kind !== 'not-ours');
  const who = hosts.length > 0 ? 'hosts will' : 'a host that starts will';
  const parts = [
    `Store   ${cleanText(looked.store)}, owner ${diagnosis.owner}\nEngine  ${cleanText(looked.engine)}\n`,
    `${hostLines(hosts)}${counted(deployments, 'agent')} wanted, ${counted(instances, 'instance')} of ours on the engine\n`,
    ...differences.map((finding) => findingLines(finding, who)),
    ...notes.map((finding) => findingLines(finding, 'that means')),
    foreign.length === 0
      ? ''
      : `Not ours, never touched: ${foreign.map((one) => cleanText(one.instance ?? '')).join(', ')}\n`,
    `${verdict(differences.length)}\n`,
  ];
  return parts.filter(Boolean).join('\n');
}

export function verdict(differences: number): string {
  if (differences === 0) return 'Nothing differs.';
  return differences === 1 ? '1 difference. Nothing was changed.' : `${differences} differences. Nothing was changed.`;
}

function hostLines(hosts: Diagnosis['hosts']): string {
  return hosts
    .map(({ id, deployments }) => `Host    ${cleanText(id)} is alive, and works on ${counted(deployments, 'agent')}\n`)
    .join('');
}

function findingLines({ message, willDo }: Finding, who: string): string {
  return `${cleanText(message)}\n  ${who}: ${cleanText(willDo)}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
