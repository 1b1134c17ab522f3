/** Everything known of one connector space object. */
import type { CsObjectView } from '@springline/api/shapes/sync-objects';
import { csObjectXml } from '@springline/connect-sync/connector-space/cs-object';
import { decodeHologram, encodeHologram, type StoredHologram } from '@springline/connect-sync/connector-space/hologram';
import type { CsRow, ReferenceRow } from '@springline/connect-sync/connector-space/store';
import { evaluate, synchronizedRow } from '@springline/connect-sync/preview/evaluation';
import { connectorName } from '@springline/connect-sync/preview/explain';
import { rowName } from '@springline/connect-sync/preview/row-name';
import { Counters, type Engine } from '@springline/connect-sync/run-profile/engine';
import { SyncWork } from '@springline/connect-sync/run-profile/sync-work';
import { CallError } from '../../../channel.ts';
import { isSecretAttribute } from '../../../secret-attribute.ts';
import { attributesView, rowView } from './rows.ts';
import { Room, shownDn, shownName } from './shown.ts';

const exportLimit = 512 * 1024;
/** Most references that are read for one answer; of more, only the first are told by name. */
const namedReferences = 1_000;

/** @throws {CallError} `object-unknown` */
export function csObjectView(engine: Engine, id: string): CsObjectView {
  const found = /^\d{1,15}$/.test(id) ? engine.store.row(Number(id) as CsRow['id']) : undefined;
  if (found === undefined) throw new CallError('object-unknown', `no connector space object has the id ${id}`);
  const row = withoutSecrets(found);
  const room = new Room();
  const attributes = (stored: StoredHologram | null): CsObjectView['synchronized'] =>
    stored === null ? null : attributesView(decodeHologram(stored), room);
  const references = engine.store.references(row.id).filter(({ attribute }) => !isSecretAttribute(attribute));
  const isImported =
    row.pendingImport === 'add' || row.pendingImport === 'update' || row.pendingImport === 'delete-add';
  const isExported = row.pendingExport === 'add' || row.pendingExport === 'update';
  return {
    row: rowView(engine, row),
    synchronized: attributes(row.pendingImport === 'add' ? null : (row.synchronized ?? row.hologram)),
    pendingImport: attributes(isImported ? row.hologram : null),
    unappliedExport: attributes(isExported ? row.desired : null),
    unconfirmedExport: attributes(row.unconfirmed),
    references: referencesView(engine, references, room),
    lineage: lineageOf(engine, row),
    export: csObjectXml(
      {
        row,
        connector: connectorName(engine, row),
        metaverseId: row.mv === null ? undefined : engine.store.mvObject(row.mv)?.uuid,
        references: references.slice(0, namedReferences),
        nameOf: (target) => engine.store.row(target)?.dn ?? '',
      },
      exportLimit,
    ),
  };
}

/** The store holds none; this is for what an earlier version, or another hand, may have left in it. */
function withoutSecrets(row: CsRow): CsRow {
  const clean = <T extends StoredHologram>(stored: T | null): T | string | null => {
    if (stored === null) return null;
    const attributes = [...decodeHologram(stored)];
    const kept = attributes.filter(([name]) => !isSecretAttribute(name));
    return kept.length === attributes.length ? stored : encodeHologram(new Map(kept));
  };
  return {
    ...row,
    hologram: clean(row.hologram),
    synchronized: clean(row.synchronized),
    desired: clean(row.desired),
    unconfirmed: clean(row.unconfirmed),
  };
}

const states = {
  confirmed: 'present',
  new: 'present',
  moved: 'present',
  kept: 'present',
  gone: 'to-remove',
  'pending-add': 'to-add',
  'pending-delete': 'to-remove',
  'sent-add': 'unconfirmed-add',
  'sent-delete': 'unconfirmed-remove',
} as const satisfies Record<ReferenceRow['state'], string>;

function referencesView(engine: Engine, references: readonly ReferenceRow[], room: Room): CsObjectView['references'] {
  const byAttribute = Map.groupBy(references, ({ attribute }) => attribute);
  return [...byAttribute].slice(0, 500).map(([attribute, all]) => {
    const targets = all.slice(0, 100).map(({ target, state }) => {
      const dn = shownDn(rowName(engine.store, target));
      room.use(dn.length + 60);
      return { id: String(target), dn, state: states[state] };
    });
    return { attribute, targets, count: all.length };
  });
}

/** Rules that take part: those that take the object in, or that decided on what it is in the cloud directory. */
function lineageOf(engine: Engine, row: CsRow): CsObjectView['lineage'] {
  const { store, cloud } = engine;
  if (row.connector === cloud.connector) {
    const mv = row.mv === null ? undefined : store.mvObject(row.mv);
    if (mv === undefined) return [];
    const { decisions } = evaluate(engine, mv, { asSynchronized: true });
    const rules = new Set([...decisions.values()].map(({ rule }) => rule));
    const provisioning = new Set(
      engine.rules.rules.filter(({ linkType }) => linkType === 'Provision').map(({ name }) => name),
    );
    return [...rules].map((rule) => ({
      rule: shownName(rule),
      action: provisioning.has(rule) ? 'provision' : 'attribute flow',
    }));
  }
  const { inScope } = new SyncWork(engine, new Counters()).look(synchronizedRow(row), 0);
  const linking = inScope.find(({ isLinking, rule }) =>
    row.link === 'projected' ? rule.linkType === 'Provision' : isLinking,
  );
  return inScope.map((ready) => ({
    rule: shownName(ready.rule.name),
    action: ready !== linking ? 'attribute flow' : row.link === 'projected' ? 'project' : 'join',
  }));
}
