import type { DeploymentRecord } from '../model/deployment.js';
import type { Finding, FindingKind } from '../model/finding.js';
import type { EpochMs } from '../model/ids.js';
import type { Incident } from '../model/incident.js';
import type { ObservedWorkload } from '../model/workload.js';
import { deploymentLabel } from './deployment-label.js';
import { planWorkload, type WorkloadPlan } from './plan-workload.js';
import { statusFindings } from './status-findings.js';

/** As `diagnoseDeployment`, for an engine that is an orchestrator. */
export function diagnoseWorkload(facts: {
  readonly record: DeploymentRecord;
  readonly observed: ObservedWorkload | undefined;
  readonly lastIncident: Incident | undefined;
  readonly now: EpochMs;
}): readonly Finding[] {
  const { record, observed, now } = facts;
  const plan = planWorkload({
    record,
    observed,
    health: new Map(),
    toldEnds: new Set(observed?.ended.map((one) => one.name)),
    busy: false,
    endAsked: true,
    refusal: undefined,
    now,
  });
  const found = differenceOf(record, observed, plan);
  const findings: Finding[] = found
    ? [
        {
          kind: found.kind,
          differs: true,
          deploymentId: record.desired.id,
          tenant: record.desired.tenant,
          message: found.message,
          willDo: found.willDo,
        },
      ]
    : [];
  return [...findings, ...statusFindings(record, facts.lastIncident, findings.length > 0)];
}

function differenceOf(
  record: DeploymentRecord,
  observed: ObservedWorkload | undefined,
  plan: WorkloadPlan,
): { readonly kind: FindingKind; readonly message: string; readonly willDo: string } | undefined {
  const label = deploymentLabel(record);
  if (plan.drop) {
    const message = `${label} is deleted, and nothing of it is left on the engine`;
    return { kind: 'deleting', message, willDo: 'drop: its record, address and port go' };
  }
  if (plan.deleteCause !== undefined) {
    return { kind: 'deleting', message: `${label} is deleted, and the engine has it still`, willDo: 'delete it' };
  }
  if (observed?.deleting) {
    return { kind: 'leaving', message: `The engine is removing ${label}`, willDo: 'wait until it is gone' };
  }
  if (!plan.apply) return undefined;
  const kind = observed ? 'outdated' : 'missing';
  const message = `${label} is not on the engine as it is wished for: ${plan.apply.cause}`;
  const { replicas, cause } = plan.apply;
  const count = 'fixed' in replicas ? `${replicas.fixed}` : `${replicas.min} to ${replicas.max}`;
  return { kind, message, willDo: `apply it with ${count} instances: ${cause}` };
}
