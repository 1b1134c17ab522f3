/**
 * The versions that an engine keeps of one object, side by side: a line for each attribute, a column for each version,
 * each value list marked by what it does to what synchronisation used last.
 */
import type { CsObjectView } from '@springline/api/shapes/sync-objects';

export const holograms = ['synchronized', 'pendingImport', 'unappliedExport', 'unconfirmedExport'] as const;
export type Hologram = (typeof holograms)[number];

export const hologramTitles: Readonly<Record<Hologram, string>> = {
  synchronized: 'Synchronized',
  pendingImport: 'Pending import',
  unappliedExport: 'Unapplied export',
  unconfirmedExport: 'Unconfirmed export',
};

export const hologramMeanings: Readonly<Record<Hologram, string>> = {
  synchronized: 'as synchronisation last used it',
  pendingImport: 'as the last import had it, not used yet',
  unappliedExport: 'as the rules want it, not sent yet',
  unconfirmedExport: 'sent, not seen back by an import yet',
};

type Attribute = NonNullable<CsObjectView['synchronized']>[number];

/** `same`: as synchronized; `new`, `changed`, `gone` against it; `absent`: neither has it. */
export type CellState = 'base' | 'same' | 'new' | 'changed' | 'gone' | 'absent';

export interface HologramCell {
  readonly attribute?: Attribute;
  readonly state: CellState;
}

export interface HologramRow {
  readonly name: string;
  /** In the order of `columns`. */
  readonly cells: readonly HologramCell[];
}

export interface HologramTable {
  /** Versions that there are. */
  readonly columns: readonly Hologram[];
  readonly rows: readonly HologramRow[];
  /** Rows in which something differs. */
  readonly different: number;
}

/** Rows that differ come first, each part in the order of names. */
export function hologramTable(object: CsObjectView): HologramTable {
  const columns = holograms.filter((each) => object[each] !== null);
  const byName = columns.map((each) => new Map((object[each] ?? []).map((attribute) => [attribute.name, attribute])));
  const base = columns[0] === 'synchronized' ? byName[0] : undefined;
  const names = [...new Set(byName.flatMap((attributes) => [...attributes.keys()]))];
  const rows = names.map((name): HologramRow => {
    const known = base?.get(name);
    const cells = columns.map((column, at): HologramCell => {
      const attribute = byName[at]?.get(name);
      if (base === undefined || column === 'synchronized') {
        return attribute === undefined ? { state: 'absent' } : { attribute, state: 'base' };
      }
      return attribute === undefined
        ? { state: known === undefined ? 'absent' : 'gone' }
        : { attribute, state: stateOf(known, attribute) };
    });
    return { name, cells };
  });
  const differs = ({ cells }: HologramRow) => cells.some(({ state }) => ['new', 'changed', 'gone'].includes(state));
  const sorted = rows.toSorted(
    (a, b) => Number(differs(b)) - Number(differs(a)) || a.name.localeCompare(b.name, 'en', { sensitivity: 'base' }),
  );
  return { columns, rows: sorted, different: rows.filter(differs).length };
}

/** Values compare as sets: directories do not order them. */
function stateOf(known: Attribute | undefined, attribute: Attribute): CellState {
  if (known === undefined) return 'new';
  const before = new Set(known.values);
  const isSame =
    before.size === new Set(attribute.values).size &&
    attribute.values.every((value) => before.has(value)) &&
    (known.count ?? known.values.length) === (attribute.count ?? attribute.values.length);
  return isSame ? 'same' : 'changed';
}
