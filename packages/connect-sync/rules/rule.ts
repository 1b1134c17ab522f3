/**
 * What a synchronisation rule is, after parsing. A rule says which objects it is for (scope), to which object on the
 * other side they belong (join, link type) and what flows across (attribute flows). Lower precedence number wins.
 */
import type { CompiledExpression } from './expression/compile.ts';

export const directions = ['inbound', 'outbound'] as const;
export type Direction = (typeof directions)[number];

export const linkTypes = ['Provision', 'Join', 'StickyJoin'] as const;
/**
 * - `Provision`: makes the object on the other side, and keeps the metaverse object alive.
 * - `Join`: makes nothing and keeps nothing alive.
 * - `StickyJoin`: makes nothing, keeps the metaverse object alive.
 */
export type LinkType = (typeof linkTypes)[number];

export const connectorKinds = ['active-directory', 'openldap', 'ldap', 'csv', 'cloud'] as const;
/** Kind of the connected system that a rule is for. `ldap` is any LDAP directory other than the two before it. */
export type ConnectorKind = (typeof connectorKinds)[number];

export const mergeTypes = ['Update', 'Replace', 'Merge', 'MergeCaseInsensitive'] as const;
/**
 * - `Update`, `Replace`: one contribution wins, that of the lowest precedence number. Both words mean the same.
 * - `Merge`: the values of all contributions together.
 * - `MergeCaseInsensitive`: the same, and values that differ only in case count as one.
 */
export type MergeType = (typeof mergeTypes)[number];

export const schemaFeatures = ['exchange', 'lync'] as const;
/** An extension of the schema of Active Directory that not every forest has. */
export type SchemaFeature = (typeof schemaFeatures)[number];

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
  'ISMEMBEROF',
  'ISNOTMEMBEROF',
] as const;
export type ScopeOperator = (typeof scopeOperators)[number];

export interface ScopeClause {
  /** `dn` for the operators about membership, which look at the object as a whole. */
  readonly attribute: string;
  readonly operator: ScopeOperator;
  /** As it is written; `%Name%` stands for the value of a parameter. DN of a group for the operators about membership. */
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
  readonly mergeType: MergeType;
  /** Flows only when the target object is made by this rule: seeds a first value. */
  readonly executeOnce: boolean;
}

/** Target type of rules that take whatever type of metaverse object their join finds. */
export const anyObjectType = '*';

export interface SyncRule {
  /** What the file says, otherwise the name. */
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** Changes with each revision of a rule that comes with the product. */
  readonly immutableTag?: string;
  /** Whether the rule comes with the product. An administrator's own rules have precedence 1 to 99. */
  readonly standard: boolean;
  /** A disabled rule is ignored completely. */
  readonly disabled: boolean;
  readonly precedence: number;
  readonly direction: Direction;
  readonly connectorKind: ConnectorKind;
  /** Name of the one connector that the rule is for; without it the rule stands for every connector of its kind. */
  readonly connector?: string;
  /** The rule is left out for a forest whose schema lacks it. */
  readonly requires?: SchemaFeature;
  /** Connector space type of inbound rules, metaverse type of outbound ones. */
  readonly sourceObjectType: string;
  /** `anyObjectType` when an inbound rule takes the type that the join finds. */
  readonly targetObjectType: string;
  readonly linkType: LinkType;
  /** Inbound: hashes may be taken from the object. Outbound: hashes may be delivered to it. Both are needed. */
  readonly enablePasswordSync: boolean;
  readonly scope: Scope;
  /** Tried top-down; the clauses of a group are AND-ed. */
  readonly join: readonly (readonly JoinClause[])[];
  readonly flows: readonly AttributeFlow[];
}
