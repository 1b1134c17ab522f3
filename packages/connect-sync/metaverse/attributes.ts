/**
 * Attributes of a metaverse object: values with their provenance. A reference attribute holds no values of its own
 * but points at the rows and attributes that contribute it, so that one member changed in a large group is one row
 * changed and not a second copy of the list.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { CsId } from '../connector-space/store.ts';
import type { Scalar } from '../rules/expression/value.ts';

/** Which row contributed, by which rule. Of a merged attribute: the first of those that did. */
export interface Provenance {
  readonly row: CsId;
  readonly rule: string;
}

/** The references of one attribute of one row. */
export interface ReferenceSource {
  readonly row: CsId;
  readonly attribute: string;
}

export type MvAttribute = Provenance &
  (
    | { readonly kind: 'values'; readonly values: readonly Scalar[] }
    | { readonly kind: 'references'; readonly sources: readonly ReferenceSource[] }
  );

export type MvAttributes = ReadonlyMap<string, MvAttribute>;

/** As it is kept: with the instant since when the attribute is what it is. */
export type StoredMvAttribute = MvAttribute & { readonly since: EpochMs };
export type StoredMvAttributes = ReadonlyMap<string, StoredMvAttribute>;
