import type { DeploymentRecord } from '../model/deployment.js';
import type { Finding, FindingKind } from '../model/finding.js';
import type { Incident } from '../model/incident.js';
import { deploymentLabel } from './deployment-label.js';

/**
 * What the stored status of a deployment tells beside its instances: a wish that no host has seen, a failure with its
 * last incident, or that it is not ready yet. `explained`: findings about its instances say already why it is not
 * ready.
 */
export function statusFindings(
  record: DeploymentRecord,
  lastIncident: Incident | undefined,
  explained: boolean,
): readonly Finding[] {
  const { desired, status } = record;
  // How it once was says nothing of a deletion that is under way.
  if (desired.deletedAt !== undefined && explained) return [];
  const findings: Finding[] = [];
  const add = (kind: FindingKind, message: string, willDo: string) =>
    findings.push({ kind, differs: true, deploymentId: desired.id, tenant: desired.tenant, message, willDo });
  const label = deploymentLabel(record);
  const seen = status.observedGeneration === desired.generation;
  if (!seen) {
    const versions = `it is the ${ordinalWord(desired.generation)} wish, the last one acted on the ${ordinalWord(status.observedGeneration)}`;
    const message =
      status.observedGeneration === 0
        ? `No host has looked at ${label} yet`
        : `No host has acted on the latest wish for ${label}: ${versions}`;
    add('not-seen', message, 'look at it');
  }
  const { phase } = status;
  if (phase === 'failed' || phase === 'degraded') {
    const last = lastIncident && lastIncident.message !== status.reason ? lastWords(lastIncident) : '';
    add('failing', `${label} is ${phase}: ${status.reason}${last}`, afterFailure(record));
  } else if (seen && !explained && (phase === 'pending' || phase === 'progressing')) {
    add('unsettled', `${label} is ${phase}: ${status.reason}`, 'wait for its instances to be ready');
  }
  return findings;
}

function lastWords(incident: Incident): string {
  return `; last incident, ${new Date(incident.at).toISOString()}: ${incident.message}`;
}

function afterFailure({ desired, status }: DeploymentRecord): string {
  if (status.failedHash === desired.templateHash && status.lastReady) {
    return `stay at version ${status.lastReady.hash} until something else is wished for`;
  }
  return 'try again, after 5 minutes at the latest';
}

function ordinalWord(count: number): string {
  const tail = count % 100;
  const suffix = tail >= 11 && tail <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${suffix}`;
}
