/**
 * SCIM filters in SQL. What a column or a link table can answer is compiled, with every value bound; what only the
 * attributes of an object can answer stays for the memory. The compiled part never loses a match: it is exact, or wider
 * than the filter, and then `residual` decides on each object that it finds.
 *
 * Portable: no engine's JSON, case or LIKE rules are used. Each condition is true or false and never null, so that `not`
 * means what it says.
 */

import type { CompareOperator, FilterLiteral } from '@springline/directory/scim/filter';
import type { BoundFilter } from '@springline/directory/scim/filter-binding';
import { matchesFilter, matchesValues } from '@springline/directory/scim/filter-evaluator';
import type { ResolvedAttribute } from '@springline/directory/scim/resource-type';
import { enterpriseUserUrn } from '@springline/directory/scim/schemas';
import { ScimError } from '@springline/directory/scim/scim-error';
import { foldCase } from '@springline/directory/scim/text-order';
import { type RawBuilder, type SqlBool, sql } from 'kysely';

export type Condition = RawBuilder<SqlBool>;

export interface CompiledFilter {
  /** On `directory_objects as o`. */
  readonly where: Condition;
  /** Conditions whose truth, as 1 or 0, `residual` wants to know of each row. */
  readonly flags: readonly Condition[];
  /** Decides with the row's flags and its own resource; undefined when `where` is exact. */
  readonly residual: ((flags: readonly boolean[], resource: unknown) => boolean) | undefined;
}

/** Where an attribute's value is: in a column, or the same for all. `folded` columns hold case-folded texts. */
export type Column =
  | {
      readonly form: 'exact' | 'folded' | 'number' | 'flag';
      readonly ref: string;
      /** Never null. */
      readonly required?: boolean;
    }
  | { readonly form: 'constant'; readonly value: string };

/** A multi-valued or linked attribute: rows of another table. */
export interface Relation {
  /** The column that holds the object's id. */
  readonly owner: string;
  readonly from: Condition;
  /** Which rows belong to the attribute, in the tenant. */
  where(tenantId: string): Condition;
  readonly subs: ReadonlyMap<string, Column>;
}

/** What of a resource type can be found by SQL, by attribute key. */
export interface SearchMap {
  readonly columns: ReadonlyMap<string, Column>;
  readonly relations: ReadonlyMap<string, Relation>;
  /** Attributes that depend on more than can be looked at: no filter may use them. */
  readonly unsearchable: ReadonlySet<string>;
}

/** @throws {ScimError} `invalidFilter` for an attribute that cannot be searched. */
export function compileFilter(filter: BoundFilter, map: SearchMap, tenantId: string): CompiledFilter {
  const part = new Compiler(map, tenantId).part(filter);
  const undecided =
    part.kind === 'junction' && part.op === 'and' ? part.parts.filter(isUndecided) : [part].filter(isUndecided);
  const flags: Condition[] = [];
  const deciders = undecided.map((one) => decider(one, flags));
  return {
    where: widened(part),
    flags,
    residual:
      deciders.length === 0 ? undefined : (seen, resource) => deciders.every((decide) => decide(seen, resource)),
  };
}

/** A filter, sorted into what SQL answers and what it does not. */
type Part =
  | { readonly kind: 'exact'; readonly condition: Condition }
  | { readonly kind: 'memory'; readonly filter: BoundFilter }
  | { readonly kind: 'junction'; readonly op: 'and' | 'or'; readonly parts: readonly Part[] }
  | { readonly kind: 'not'; readonly part: Part };

const isUndecided = (part: Part): boolean => part.kind !== 'exact';
const always = sql<SqlBool>`1 = 1`;
const never = sql<SqlBool>`1 = 0`;
const truth = (value: boolean): Condition => (value ? always : never);

/** Holds at least where the part does. */
function widened(part: Part): Condition {
  switch (part.kind) {
    case 'exact':
      return part.condition;
    case 'junction':
      return joined(part.parts.map(widened), part.op);
    default:
      return always;
  }
}

type Decider = (flags: readonly boolean[], resource: unknown) => boolean;

function decider(part: Part, flags: Condition[]): Decider {
  switch (part.kind) {
    case 'exact': {
      const at = flags.push(part.condition) - 1;
      return (seen) => seen[at]!;
    }
    case 'memory':
      return (_seen, resource) => matchesFilter(part.filter, resource);
    case 'not': {
      const inner = decider(part.part, flags);
      return (seen, resource) => !inner(seen, resource);
    }
    case 'junction': {
      const inner = part.parts.map((one) => decider(one, flags));
      return part.op === 'and'
        ? (seen, resource) => inner.every((decide) => decide(seen, resource))
        : (seen, resource) => inner.some((decide) => decide(seen, resource));
    }
  }
}

class Compiler {
  readonly #map: SearchMap;
  readonly #tenantId: string;

  constructor(map: SearchMap, tenantId: string) {
    this.#map = map;
    this.#tenantId = tenantId;
  }

  part(filter: BoundFilter): Part {
    switch (filter.kind) {
      case 'and':
      case 'or':
        return junction(
          filter.filters.map((one) => this.part(one)),
          filter.kind,
        );
      case 'not':
        return negation(this.part(filter.filter));
      case 'constant':
        return exact(truth(filter.value));
      default:
        return this.#leaf(filter);
    }
  }

  #leaf(filter: Extract<BoundFilter, { attribute: ResolvedAttribute }>): Part {
    const { key, steps } = filter.attribute;
    if (this.#map.unsearchable.has(key)) {
      throw new ScimError('invalidFilter', `${key} cannot be searched by; use the value beside it`);
    }
    const column = this.#map.columns.get(key);
    if (column !== undefined) return exact(columnLeaf(column, filter));
    const whole = this.#map.relations.get(key);
    if (whole !== undefined) return exact(this.#wholeRelation(whole, filter));
    const sub = steps.at(-1) ?? '';
    const parent = this.#map.relations.get(key.slice(0, -sub.length - 1));
    const subColumn = parent?.subs.get(sub);
    if (parent !== undefined && subColumn !== undefined) return exact(this.#relationLeaf(parent, subColumn, filter));
    return this.#fromMemory(filter, key);
  }

  #fromMemory(filter: Extract<BoundFilter, { attribute: ResolvedAttribute }>, key: string): Part {
    const memory: Part = { kind: 'memory', filter };
    const manager = this.#map.relations.get(`${enterpriseUserUrn}:manager`);
    // The extension is there when its own attributes are, which the object knows, or when a manager is linked.
    if (key !== enterpriseUserUrn || manager === undefined) return memory;
    return junction([memory, exact(this.#related(manager, always))], 'or');
  }

  #wholeRelation(relation: Relation, filter: Extract<BoundFilter, { attribute: ResolvedAttribute }>): Condition {
    if (filter.kind !== 'element') return this.#related(relation, always);
    return this.#related(relation, this.#elementCondition(relation, filter.filter));
  }

  /** A filter inside a value path: every sub-attribute is a column of the relation. */
  #elementCondition(relation: Relation, filter: BoundFilter): Condition {
    switch (filter.kind) {
      case 'and':
      case 'or':
        return joined(
          filter.filters.map((one) => this.#elementCondition(relation, one)),
          filter.kind,
        );
      case 'not':
        return not(this.#elementCondition(relation, filter.filter));
      case 'constant':
        return truth(filter.value);
      default: {
        const column = relation.subs.get(filter.attribute.key);
        if (column !== undefined) return columnLeaf(column, filter);
        throw new ScimError('invalidFilter', `${filter.attribute.key} cannot be searched by; use the value beside it`);
      }
    }
  }

  /** As `columnLeaf`, over the values of all rows. */
  #relationLeaf(
    relation: Relation,
    column: Column,
    filter: Extract<BoundFilter, { attribute: ResolvedAttribute }>,
  ): Condition {
    const any = this.#related(relation, isPresent(column));
    if (filter.kind !== 'compare') return any;
    if (filter.value === null) return filter.op === 'eq' ? not(any) : any;
    const one = this.#related(relation, joined([isPresent(column), columnLeaf(column, filter)], 'and'));
    return filter.op === 'ne' ? joined([not(any), one], 'or') : one;
  }

  #related({ owner, from, where }: Relation, condition: Condition): Condition {
    const rows = joined([where(this.#tenantId), condition], 'and');
    return sql<SqlBool>`o.object_id in (select ${sql.ref(owner)} from ${from} where ${rows})`;
  }
}

const exact = (condition: Condition): Part => ({ kind: 'exact', condition });

function junction(parts: readonly Part[], op: 'and' | 'or'): Part {
  const conditions = parts.flatMap((part) => (part.kind === 'exact' ? [part.condition] : []));
  return conditions.length === parts.length ? exact(joined(conditions, op)) : { kind: 'junction', op, parts };
}

function negation(part: Part): Part {
  return part.kind === 'exact' ? exact(not(part.condition)) : { kind: 'not', part };
}

function joined(conditions: readonly Condition[], op: 'and' | 'or'): Condition {
  return sql<SqlBool>`(${sql.join(conditions, op === 'and' ? sql` and ` : sql` or `)})`;
}

function not(condition: Condition): Condition {
  return sql<SqlBool>`not (${condition})`;
}

function isPresent(column: Column): Condition {
  return column.form === 'constant' ? always : sql<SqlBool>`${sql.ref(column.ref)} is not null`;
}

function columnLeaf(column: Column, filter: Extract<BoundFilter, { attribute: ResolvedAttribute }>): Condition {
  if (filter.kind !== 'compare') return isPresent(column);
  const { op, value, attribute } = filter;
  if (column.form === 'constant')
    return truth(matchesValues([column.value], op, value, attribute.definition.caseExact));
  const ref = sql.ref<unknown>(column.ref);
  if (value === null) return op === 'eq' ? sql<SqlBool>`${ref} is null` : sql<SqlBool>`${ref} is not null`;
  const wanted = storedForm(column.form, value);
  if (op === 'ne') return sql<SqlBool>`(${ref} is null or ${ref} <> ${wanted})`;
  return sql<SqlBool>`(${ref} is not null and ${comparison(ref, op, wanted)})`;
}

function storedForm(
  form: 'exact' | 'folded' | 'number' | 'flag',
  value: Exclude<FilterLiteral, null>,
): string | number {
  if (form === 'flag') return value === true ? 1 : 0;
  if (form === 'folded') return foldCase(String(value));
  return typeof value === 'number' ? value : String(value);
}

const orders = { eq: sql`=`, gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` } as const;

function comparison(ref: RawBuilder<unknown>, op: Exclude<CompareOperator, 'ne'>, wanted: string | number): Condition {
  // Characters as databases count them: code points.
  const length = [...String(wanted)].length;
  switch (op) {
    case 'co':
      // Instead of LIKE, whose case rules differ between engines, and of functions that not all have.
      return length === 0 ? always : sql<SqlBool>`replace(${ref}, ${wanted}, '') <> ${ref}`;
    case 'sw':
      // The lower bound lets an index on the column be used.
      return sql<SqlBool>`${ref} >= ${wanted} and substr(${ref}, 1, ${length}) = ${wanted}`;
    case 'ew':
      return sql<SqlBool>`length(${ref}) >= ${length} and substr(${ref}, length(${ref}) - ${length} + 1) = ${wanted}`;
    default:
      return sql<SqlBool>`${ref} ${orders[op]} ${wanted}`;
  }
}
