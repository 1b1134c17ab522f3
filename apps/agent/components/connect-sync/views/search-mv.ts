/** Search in the metaverse, and one of its objects with where every value comes from. */
import type { ParsedSyncParameters, SyncAnswer } from '@springline/api/shapes/sync';
import {
  type MvAttributeView,
  type MvObjectView,
  type MvRowView,
  syncShown,
} from '@springline/api/shapes/sync-objects';
import type { MvRow } from '@springline/connect-sync/connector-space/store';
import type { StoredMvAttribute, StoredMvAttributes } from '@springline/connect-sync/metaverse/attributes';
import { decodeMvAttributes, textOfScalar } from '@springline/connect-sync/metaverse/encoding';
import { connectorName, referenceNames } from '@springline/connect-sync/preview/explain';
import { typeOfScalar } from '@springline/connect-sync/preview/shown-value';
import { compileScope, type ScopeContext } from '@springline/connect-sync/rules/scope';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { CallError } from '../../../channel.ts';
import { pageOf } from './page.ts';
import { rowView } from './rows.ts';
import { instant, Room, shownDn, shownName } from './shown.ts';

const noContext: ScopeContext = { parameters: new Map(), isMemberOf: () => false };

/** @throws {CallError} `malformed-call` */
export async function searchMv(
  engine: Engine,
  wanted: ParsedSyncParameters<'search.mv'>,
): Promise<SyncAnswer<'search.mv'>> {
  const { store } = engine;
  const { text, clauses, type } = wanted;
  if (clauses?.some(({ operator }) => operator === 'ISMEMBEROF' || operator === 'ISNOTMEMBEROF') === true) {
    throw new CallError('malformed-call', 'clauses about membership belong to rules; a search has none');
  }
  const matches = compileScope(clauses === undefined ? [] : [clauses]);
  return pageOf(
    engine,
    wanted,
    (after, limit) => (text === undefined ? store.mvObjects(after, limit) : store.searchMv(text, after, limit)),
    (mv) => {
      if (type !== undefined && mv.type !== type) return undefined;
      const attributes = decodeMvAttributes(mv.attributes, store.names);
      if (clauses !== undefined && !matches((name) => textsOf(engine, attributes.get(name)), noContext))
        return undefined;
      return mvRowView(engine, mv, attributes);
    },
    // A text is looked for in every object: no further than need be.
    text === undefined ? {} : { portion: wanted.limit },
  );
}

export function mvRowView(engine: Engine, mv: MvRow, attributes: StoredMvAttributes): MvRowView {
  const rows = engine.store.linkedRows(mv.id);
  return {
    id: mv.uuid,
    type: mv.type,
    displayName: shownName(mvName(mv, attributes)),
    connectors: rows.slice(0, 100).map((row) => shownName(connectorName(engine, row))),
  };
}

/** Its display name, otherwise its id. */
export function mvName(mv: MvRow, attributes: StoredMvAttributes): string {
  for (const name of ['displayName', 'cn', 'userPrincipalName', 'accountName']) {
    const attribute = attributes.get(name);
    if (attribute?.kind === 'values' && attribute.values.length > 0) return textOfScalar(attribute.values[0]!);
  }
  return mv.uuid;
}

/** @throws {CallError} `object-unknown` */
export function mvObjectView(engine: Engine, id: string): MvObjectView {
  const mv = engine.store.mvByUuid(id.toLowerCase());
  if (mv === undefined) throw new CallError('object-unknown', `no metaverse object has the id ${id}`);
  const room = new Room();
  const attributes = [...decodeMvAttributes(mv.attributes, engine.store.names)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    id: mv.uuid,
    type: mv.type,
    attributes: attributes
      .slice(0, syncShown.attributes)
      .map(([name, attribute]) => attributeView(engine, name, attribute, room)),
    links: engine.store
      .linkedRows(mv.id)
      .slice(0, 100)
      .map((row) => rowView(engine, row)),
  };
}

function attributeView(engine: Engine, name: string, attribute: StoredMvAttribute, room: Room): MvAttributeView {
  const { store } = engine;
  const row = store.row(attribute.row);
  const isReference = attribute.kind === 'references';
  const count = isReference
    ? attribute.sources.reduce((sum, source) => sum + store.countReferences(source.row, source.attribute), 0)
    : attribute.values.length;
  return {
    name: name.slice(0, 256),
    type: isReference ? 'reference' : typeOfScalar(attribute.values[0]),
    ...room.values(textsOf(engine, attribute), count),
    rule: shownName(attribute.rule),
    connector: row === undefined ? '' : shownName(connectorName(engine, row)),
    from: shownDn(row?.dn ?? ''),
    since: instant(attribute.since),
  };
}

function textsOf({ store }: Engine, attribute: StoredMvAttribute | undefined): readonly string[] {
  if (attribute === undefined) return [];
  return attribute.kind === 'values' ? attribute.values.map(textOfScalar) : referenceNames(store, attribute.sources);
}
