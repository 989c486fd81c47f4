import { describe, expect, it } from 'vitest';
import { unpulledImage } from './unpulled-image.js';

const failed = 'Failed to pull image "r.example/a:1": rpc error: code = NotFound desc = r.example/a:1: not found';

describe('unpulledImage', () => {
  it("tells the registry's reason from the event where the state says only that it is tried again", () => {
    const told = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "r.example/a:1"' };
    expect(unpulledImage('r.example/a:1', told, failed)).toBe(
      `The image "r.example/a:1" cannot be pulled (ImagePullBackOff): ${failed}. Check its name and tag`,
    );
    expect(unpulledImage('r.example/a:1', told, undefined)).toMatch(/Back-off pulling image "r.example\/a:1"$/);
  });

  it('leaves it at the state where that says why', () => {
    const message = 'Back-off pulling image "a:1": ErrImagePull: failed to resolve: dial tcp: lookup r: no such host';
    const words = unpulledImage('a:1', { reason: 'ImagePullBackOff', message }, failed);
    expect(words).toBe(
      'The image "a:1" cannot be pulled (ImagePullBackOff): failed to resolve: dial tcp: lookup r: no such host. ' +
        'Its registry cannot be reached from the node',
    );
  });

  it.each([
    ['ErrImagePull', 'pull access denied, repository does not exist or may require authorization', /imagePullSecrets/],
    ['ErrImagePull', 'x509: certificate signed by unknown authority', /cannot be reached/],
    ['InvalidImageName', 'Failed to apply default image tag "A": couldn\'t parse image name', /registry\/name:tag/],
    ['ErrImageNeverPull', 'Container image "a:1" is not present with pull policy of Never', /Load it on the nodes/],
    ['ErrImagePull', '', /\(ErrImagePull\)$/],
  ])('gives the way out: %s %s', (reason, message, words) => {
    expect(unpulledImage('a:1', { reason, message }, undefined)).toMatch(words);
  });
});
