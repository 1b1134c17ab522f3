/** Search in a connector space. */
import type { ParsedSyncParameters, SyncAnswer } from '@springline/api/shapes/sync';
import { cloudDn } from '@springline/connect-sync/connector-space/cloud-dn';
import type { ConnectorId, CsRow, RowSearch } from '@springline/connect-sync/connector-space/store';
import { displayNameOf } from '@springline/connect-sync/preview/row-name';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { isUnder } from '@springline/directory/dn';
import { DirectoryError } from '@springline/directory/error';
import { CallError } from '../../../channel.ts';
import { rowByAnchorIn, rowByDnIn } from './find-object.ts';
import { pageOf } from './page.ts';
import { unknownConnector } from './pending.ts';
import { rowView } from './rows.ts';

type Wanted = ParsedSyncParameters<'search.cs'>;

/** @throws {CallError} `connector-unknown`, `malformed-call` */
export async function searchCs(engine: Engine, wanted: Wanted): Promise<SyncAnswer<'search.cs'>> {
  const { store, cloud, directories } = engine;
  const isCloud = wanted.connector === cloud.name;
  const connector = isCloud ? cloud.connector : directories.find(({ name }) => name === wanted.connector)?.connector;
  if (connector === undefined) throw unknownConnector(engine, wanted.connector);
  const one = exactly(engine, connector, wanted);
  if (one !== undefined) return { items: one.map((row) => rowView(engine, row)) };
  const isWanted = filterOf(wanted, isCloud);
  const search = searchOf(engine, connector, wanted, isCloud);
  return pageOf(
    engine,
    wanted,
    (after, limit) => store.searchRows(connector, search, after, limit),
    (row) => (isWanted(row) ? rowView(engine, row) : undefined),
  );
}

/** What a DN or an anchor names; `undefined` when neither was asked for. */
function exactly(engine: Engine, connector: ConnectorId, { dn, anchor, scope }: Wanted): readonly CsRow[] | undefined {
  if (anchor !== undefined) {
    const row = rowByAnchorIn(engine, connector, anchor) ?? engine.store.rowByDn(connector, cloudDn(anchor));
    return row === undefined ? [] : [row];
  }
  if (dn === undefined || scope !== undefined) return undefined;
  const row = rowByDnIn(engine, connector, dn);
  return row === undefined ? [] : [row];
}

/** What the store looks for; the rest is for the filter. */
function searchOf(engine: Engine, connector: ConnectorId, { text, dn, scope }: Wanted, isCloud: boolean): RowSearch {
  if (scope === 'subtree') {
    if (dn === undefined) throw new CallError('malformed-call', 'the scope subtree needs dn: where the subtree begins');
    // As the directory writes it, where it is known.
    return { by: 'text', text: rowByDnIn(engine, connector, dn)?.dn ?? dn };
  }
  if (scope !== undefined) return { by: scope };
  // DNs of the cloud say nothing to anybody: its objects are looked at.
  return { by: 'text', text: isCloud ? '' : (text ?? '') };
}

function filterOf({ text, dn, scope }: Wanted, isCloud: boolean): (row: CsRow) => boolean {
  const wanted = text?.toLowerCase();
  const base = scope === undefined ? undefined : dn;
  return (row) => {
    if (base !== undefined && !liesUnder(row.dn, base)) return false;
    if (wanted === undefined) return true;
    if (row.dn.toLowerCase().includes(wanted)) return true;
    if (isCloud) return [row.desired, row.hologram].some((stored) => contains(stored, wanted));
    return scope !== undefined && (displayNameOf(row)?.toLowerCase().includes(wanted) ?? false);
  };
}

function contains(stored: CsRow['hologram'], wanted: string): boolean {
  return typeof stored === 'string' && stored.toLowerCase().includes(JSON.stringify(wanted).slice(1, -1));
}

function liesUnder(dn: string, base: string): boolean {
  try {
    return isUnder(dn, base);
  } catch (error) {
    if (error instanceof DirectoryError) throw new CallError('malformed-call', `dn: ${error.message}`);
    throw error;
  }
}
