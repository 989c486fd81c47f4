import { describe, expect, it } from 'vitest';
import { refusedPod } from './refused-pod.js';

describe('refusedPod', () => {
  it.each([
    [
      'Error creating: pods "x" is forbidden: exceeded quota: moor-quota, requested: pods=1, used: pods=2',
      /^The tenant's quota on the cluster is used up: exceeded quota: moor-quota, .*\. Raise the quota/,
    ],
    [
      'pods "x" is forbidden: failed quota: q: must specify limits.cpu',
      /must specify limits.cpu\. Set runtime.resources/,
    ],
    [
      'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
      /by its Pod Security: viol/,
    ],
    [
      'Error creating: pods "x" is forbidden: pod rejected: RuntimeClass "gvisor" not found',
      /: RuntimeClass "gvisor" not/,
    ],
    [
      'error looking up service account n/default: serviceaccount "default" not found',
      /no service account: serviceaccount "default" not found\. /,
    ],
    ['admission webhook "w.example" denied the request: no latest tags', /refused it: .*no latest tags\. Change what/],
    [
      'pods "x" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
      /runtime.resources, or the LimitRange/,
    ],
    ['something new', /^The cluster cannot make a pod: something new$/],
  ])('says what was refused, and the way out: %s', (message, words) => {
    expect(refusedPod(message)).toMatch(words);
  });
});
