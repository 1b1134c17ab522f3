/**
 * Attributes of a metaverse object: values with their provenance. A reference attribute holds no values of its own
 * but points at the row and attribute that contribute it, so that one member changed in a large group is one row
 * changed and not a second copy of the list.
 */
import type { CsId } from '../connector-space/store.ts';
import type { Scalar } from '../rules/expression/value.ts';

export interface Provenance {
  /** The row that contributed. */
  readonly row: CsId;
  readonly rule: string;
}

export type MvAttribute =
  | (Provenance & { readonly kind: 'values'; readonly values: readonly Scalar[] })
  | (Provenance & { readonly kind: 'references'; readonly attribute: string });

export type MvAttributes = ReadonlyMap<string, MvAttribute>;
