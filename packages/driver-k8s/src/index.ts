export type { ConnectionOptions } from './kube-client.js';
export { type KubernetesDriverOptions, kubernetesDriver } from './kubernetes-driver.js';
export type { TenantQuota } from './to-objects.js';
export type { EndpointKind } from './to-workload.js';
export { type PolicyVerdict, type VerifyPoliciesOptions, verifyPolicies } from './verify-policies.js';
