/**
 * What the command line may ask of Connect Sync, by name. Parameters come from outside the process and are checked here.
 */
import { createHash } from 'node:crypto';
import type { CsRow, MvRow } from '@springline/connect-sync/connector-space/store';
import { decodeMvAttributes, textOfScalar } from '@springline/connect-sync/metaverse/encoding';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { decideHeldDeletes, heldDeletes } from '@springline/connect-sync/run-profile/export';
import { sourceAnchorFromCloudDn } from '@springline/connect-sync/run-profile/import-cloud';
import { CallError } from '../../channel.ts';
import { cycleView, type Schedule, syncStatus } from './status.ts';

export interface CallContext {
  readonly engine: Engine;
  schedule(): Schedule;
  /** Runs a cycle and resolves when it has ended. */
  runCycle(options: { readonly full: boolean }): Promise<void>;
}

type Parameters = Readonly<Record<string, unknown>>;
type Call = (context: CallContext, parameters: Parameters) => unknown;

const historyLimit = 500;
const searchLimit = 100;

const calls: Readonly<Record<string, Call>> = {
  status: ({ engine, schedule }) => syncStatus(engine, schedule()),
  run: async (context, { full }) => {
    await context.runCycle({ full: full === true });
    return syncStatus(context.engine, context.schedule());
  },
  history: ({ engine }, { limit }) => engine.store.cycles(bounded(limit, 20, historyLimit)).map(cycleView),
  search: ({ engine }, { text, limit }) => {
    if (typeof text !== 'string' || text.length < 1 || text.length > 256) {
      throw new CallError('malformed-call', 'give 1 to 256 characters to search for');
    }
    return engine.store.search(text, bounded(limit, 20, searchLimit)).map((mv) => objectView(engine, mv));
  },
  'deletes.list': ({ engine }) => heldList(engine),
  'deletes.approve': (context, { list }) => decide(context, 'approved', list),
  'deletes.reject': (context, { list }) => decide(context, 'rejected', list),
};

/** @throws {CallError} `unknown-call`, `malformed-call` */
export async function answerCall(context: CallContext, method: string, parameters: Parameters): Promise<unknown> {
  const call = Object.hasOwn(calls, method) ? calls[method] : undefined;
  if (call === undefined) throw new CallError('unknown-call', `this version of Connect Sync knows no ${method}`);
  return call(context, parameters);
}

/** What is held, with a name for just this list: a decision that carries it is for what was looked at and no more. */
function heldList(engine: Engine): { list: string; held: readonly unknown[] } {
  const held = heldDeletes(engine).map(heldView);
  return { list: createHash('sha256').update(JSON.stringify(held)).digest('hex').slice(0, 12), held };
}

async function decide(context: CallContext, decision: 'approved' | 'rejected', list: unknown): Promise<unknown> {
  if (list !== heldList(context.engine).list) {
    throw new CallError(
      'list-changed',
      'what is held has changed since it was listed. Look again: springline sync deletes',
    );
  }
  const decided = decideHeldDeletes(context.engine, decision);
  if (decided > 0) await context.runCycle({ full: false });
  return { decided, decision };
}

function heldView({ row, name, removedMembers }: ReturnType<typeof heldDeletes>[number]): unknown {
  const sourceAnchor = sourceAnchorFromCloudDn(row.dn);
  return removedMembers > 0
    ? { kind: 'members', objectType: row.type, name, sourceAnchor, removedMembers }
    : { kind: 'object', objectType: row.type, name, sourceAnchor };
}

/** A metaverse object with where each value comes from, and the objects it is linked to. */
function objectView(engine: Engine, mv: MvRow): unknown {
  const { store } = engine;
  const rows = store.linkedRows(mv.id);
  const attributes = [...decodeMvAttributes(mv.attributes)].map(([name, attribute]) => ({
    name,
    values: attribute.kind === 'values' ? attribute.values.map(textOfScalar) : referenceNames(engine, attribute),
    rule: attribute.rule,
    from: store.row(attribute.row)?.dn ?? '',
  }));
  return { id: mv.uuid, type: mv.type, attributes, links: rows.map((row) => linkView(engine, row)) };
}

const shownReferences = 100;

function referenceNames(
  engine: Engine,
  { row, attribute }: { row: CsRow['id']; attribute: string },
): readonly string[] {
  const references = engine.store.references(row).filter((reference) => reference.attribute === attribute);
  const names = references.slice(0, shownReferences).map(({ target }) => engine.store.row(target)?.dn ?? '');
  return references.length > shownReferences ? [...names, `… ${references.length - shownReferences} more`] : names;
}

function linkView(engine: Engine, row: CsRow): unknown {
  const isCloud = row.connector === engine.cloud.connector;
  return {
    connector: isCloud ? engine.cloud.name : engine.directory.name,
    dn: row.dn,
    anchor: row.anchor,
    objectType: row.type,
    link: row.link,
    pendingExport: row.pendingExport,
    awaitingConfirmation: row.unconfirmed !== null,
    ...(row.fault === null ? {} : { error: row.fault }),
  };
}

function bounded(value: unknown, fallback: number, limit: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > limit) {
    throw new CallError('malformed-call', `the limit is a whole number from 1 to ${limit}`);
  }
  return value;
}
