/** What a customer has asked for and nobody may forget; `absent` when there is nothing, or its end was asked for. */
export type Wish =
  | { readonly state: 'absent' }
  | {
      readonly state: 'present';
      readonly version: number;
      readonly replicas: number;
      readonly parked: 'pause' | 'stop' | false;
      readonly restarts: number;
    };

/** A request of a customer. */
export type Ask =
  | { readonly kind: 'deploy'; readonly version: number }
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'update'; readonly version: number }
  | { readonly kind: 'park'; readonly depth: 'pause' | 'stop' }
  | { readonly kind: 'unpark' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'delete' };

/** What has become of a request. */
export type Outcome =
  | { readonly kind: 'acknowledged'; readonly created?: boolean | undefined }
  | { readonly kind: 'refused'; readonly code: string }
  /** No answer, or one that leaves it open; `late`: it may still be carried out. */
  | { readonly kind: 'lost'; readonly late: boolean; readonly why?: string | undefined };

export const absent: Wish = { state: 'absent' };

/** The wish once `ask` is carried out; undefined: it cannot be, from there. */
export function carriedOut(wish: Wish, ask: Ask): Wish | undefined {
  if (ask.kind === 'deploy') {
    if (wish.state === 'present') return wish.version === ask.version ? wish : undefined;
    return { state: 'present', version: ask.version, replicas: 1, parked: false, restarts: 0 };
  }
  if (wish.state === 'absent') return undefined;
  switch (ask.kind) {
    case 'scale':
      return { ...wish, replicas: ask.replicas };
    case 'update':
      return { ...wish, version: ask.version };
    case 'park':
      return { ...wish, parked: ask.depth };
    case 'unpark':
      return { ...wish, parked: false };
    case 'restart':
      return { ...wish, parked: false, restarts: wish.restarts + 1 };
    case 'delete':
      return absent;
  }
}

/**
 * All that may be wished now, after `outcome` of `ask`, when it was one of `before`. Empty: the outcome contradicts
 * everything that was acknowledged before.
 */
export function afterwards(before: readonly Wish[], ask: Ask, outcome: Outcome): readonly Wish[] {
  const done = before.flatMap((wish) => carriedOut(wish, ask) ?? []);
  if (outcome.kind === 'lost') return unique([...before, ...done]);
  if (outcome.kind === 'acknowledged') {
    const { created } = outcome;
    if (ask.kind !== 'deploy' || created === undefined) return unique(done);
    return unique(
      before.filter((wish) => (wish.state === 'absent') === created).flatMap((wish) => carriedOut(wish, ask) ?? []),
    );
  }
  const isAbsent = (wish: Wish) => wish.state === 'absent';
  if (outcome.code === 'not_found') return before.filter(isAbsent);
  if (ask.kind === 'deploy') {
    // An earlier one that was deleted is still on its way out, or there is one of another version.
    if (outcome.code === 'conflict') return before.filter(isAbsent);
    if (outcome.code === 'already_exists') return before.filter((wish) => !isAbsent(wish));
  }
  return before;
}

function unique(wishes: readonly Wish[]): readonly Wish[] {
  return [...new Map(wishes.map((wish) => [JSON.stringify(wish), wish])).values()];
}
