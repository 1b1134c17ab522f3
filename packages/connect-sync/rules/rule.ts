/**
 * What a synchronisation rule is, after parsing. A rule says which objects it is for (scope), to which object on the
 * other side they belong (join, link type) and what flows across (attribute flows). Lower precedence number wins.
 */
import type { CompiledExpression } from './expression/compile.ts';

export type Direction = 'inbound' | 'outbound';

/**
 * - `Provision`: makes the object on the other side, and keeps the metaverse object alive.
 * - `Join`: makes nothing and keeps nothing alive.
 * - `StickyJoin`: makes nothing, keeps the metaverse object alive.
 */
export type LinkType = 'Provision' | 'Join' | 'StickyJoin';

/** Kind of the connected system that a rule is for. */
export type ConnectorKind = 'active-directory' | 'openldap' | 'cloud';

export const scopeOperators = [
  'EQUAL',
  'NOTEQUAL',
  'LESSTHAN',
  'LESSTHAN_OR_EQUAL',
  'GREATERTHAN',
  'GREATERTHAN_OR_EQUAL',
  'CONTAINS',
  'NOTCONTAINS',
  'STARTSWITH',
  'NOTSTARTSWITH',
  'ENDSWITH',
  'NOTENDSWITH',
  'ISNULL',
  'ISNOTNULL',
  'ISIN',
  'ISNOTIN',
  'ISBITSET',
  'ISBITNOTSET',
] as const;
export type ScopeOperator = (typeof scopeOperators)[number];

export interface ScopeClause {
  readonly attribute: string;
  readonly operator: ScopeOperator;
  readonly value: string;
}

/** Groups are OR-ed, clauses of a group AND-ed; no group at all takes in every object of the type. */
export type Scope = readonly (readonly ScopeClause[])[];

export interface JoinClause {
  readonly csAttribute: string;
  readonly mvAttribute: string;
  readonly caseSensitive: boolean;
}

export type FlowSource =
  | { readonly kind: 'direct'; readonly attribute: string }
  | { readonly kind: 'constant'; readonly value: string | boolean | bigint }
  | { readonly kind: 'expression'; readonly expression: CompiledExpression };

export interface AttributeFlow {
  readonly target: string;
  readonly source: FlowSource;
}

export interface SyncRule {
  readonly name: string;
  readonly precedence: number;
  readonly direction: Direction;
  readonly connectorKind: ConnectorKind;
  /** Connector space type of inbound rules, metaverse type of outbound ones. */
  readonly sourceObjectType: string;
  readonly targetObjectType: string;
  readonly linkType: LinkType;
  readonly scope: Scope;
  /** Tried top-down; the clauses of a group are AND-ed. */
  readonly join: readonly (readonly JoinClause[])[];
  readonly flows: readonly AttributeFlow[];
}
