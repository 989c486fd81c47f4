import { MoorageError } from '@moorage/protocol/base';
import { defaultPageSize, maxPageSize } from '../model/limits.js';

/** The number of items of a page, 100 unless asked for. Errors: `invalid_argument` outside of 1 to 1 000. */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return defaultPageSize;
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxPageSize) return limit;
  throw new MoorageError(
    'invalid_argument',
    `Cannot read a page of ${limit} items: ask for 1 to ${maxPageSize} and follow the cursor`,
    { operation: 'store.page', context: { limit, max: maxPageSize } },
  );
}
