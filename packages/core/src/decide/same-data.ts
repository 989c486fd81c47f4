/**
 * Whether two pieces of plain data say the same: as their JSON would, but parts that are one and the same object are
 * not looked into. The order of keys does not matter.
 */
export function sameData(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) return sameItems(one, other);
  const [left, right] = [one as Readonly<Record<string, unknown>>, other as Readonly<Record<string, unknown>>];
  for (const key in left) if (!sameData(left[key], right[key])) return false;
  // What only the other one has; undefined is as good as absent.
  for (const key in right) if (!(key in left) && right[key] !== undefined) return false;
  return true;
}

function sameItems(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (!sameData(one[index], other[index])) return false;
  return true;
}
