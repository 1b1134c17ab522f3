/** Values as people are shown them: text with its type beside it. */
import type { CsValue } from '../connector-space/hologram.ts';
import { isReferenceAttribute } from '../connector-space/object-view.ts';
import { textOfScalar } from '../metaverse/encoding.ts';
import { DateTime, Reference, type Scalar } from '../rules/expression/value.ts';

export type ShownType = 'string' | 'number' | 'boolean' | 'binary' | 'reference';

export function typeOfScalar(value: Scalar | undefined): ShownType {
  if (value instanceof Uint8Array) return 'binary';
  if (value instanceof Reference) return 'reference';
  if (typeof value === 'bigint' || value instanceof DateTime) return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

/** Of an attribute in a connector space. */
export function typeOfCsValue(name: string, value: CsValue | undefined): ShownType {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string' && isReferenceAttribute(name)) return 'reference';
  return typeOfScalar(value);
}

/** Truth values are `True` and `False`, bytes Base64. */
export function textOfCsValue(value: CsValue): string {
  return typeof value === 'number' ? String(value) : textOfScalar(value);
}
