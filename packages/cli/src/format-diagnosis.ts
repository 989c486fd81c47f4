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
  const parts = [
    `Store   ${cleanText(looked.store)}, owner ${diagnosis.owner}\nEngine  ${cleanText(looked.engine)}\n`,
    `${hostLines(hosts)}${counted(deployments, 'agent')} wanted, ${counted(instances, 'instance')} of ours on the engine\n`,
    ...differences.map((finding) => findingLines(finding, doer(finding))),
    ...notes.map((finding) => findingLines(finding, 'that means')),
    foreignLines(foreign),
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
    .map(
      ({ id, deployments }) =>
        `Host    ${cleanText(id)} has a live lease, and works on ${counted(deployments, 'agent')}\n`,
    )
    .join('');
}

function doer({ host }: Finding): string {
  return host === undefined ? 'a host that starts will' : `${cleanText(host)} will`;
}

function findingLines({ message, willDo }: Finding, who: string): string {
  return `${cleanText(message)}\n  ${who}: ${cleanText(willDo)}\n`;
}

/** One line an owner: there may be many of them, and nothing is to be done about any. */
function foreignLines(foreign: readonly Finding[]): string {
  const owners = [...new Set(foreign.map((finding) => finding.owner ?? ''))];
  const lines = owners.map((owner) => {
    const names = foreign.filter((finding) => finding.owner === owner).map((finding) => finding.instance ?? '');
    return cleanText(`  of the owner ${owner}: ${names.join(', ')}`);
  });
  return lines.length === 0 ? '' : `Not ours, never touched:\n${lines.join('\n')}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
