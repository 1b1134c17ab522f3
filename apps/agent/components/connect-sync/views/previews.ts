/** Previews: making a plan, showing it page by page, and having one object done now. */
import { randomBytes } from 'node:crypto';
import type { ParsedSyncParameters, PreviewView, RunRecordView } from '@springline/api/shapes/sync';
import { syncMethods } from '@springline/api/shapes/sync-methods';
import { preview } from '@springline/connect-sync/preview/preview';
import {
  SingleObjectError,
  synchroniseObject,
  type WantedObject,
} from '@springline/connect-sync/preview/synchronise-object';
import { RuleError, RuleSetError } from '@springline/connect-sync/rules/error';
import { loadRuleSet } from '@springline/connect-sync/rules/out-of-box/load';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { isUnder } from '@springline/directory/dn';
import { DirectoryError } from '@springline/directory/error';
import { CallError } from '../../../channel.ts';
import type { CallContext } from './call-context.ts';
import { runView } from './connectors.ts';
import { findObject } from './find-object.ts';
import { changeView } from './pending.ts';
import { PlanStore } from './plan-store.ts';
import { cut, instant, Room, shownDn, shownName } from './shown.ts';

/** Folders in which a preview runs: a copy of the store is as large as the store, so there is one at a time. */
const busy = new Set<string>();
/** How long rules that are not this host's may be tried: as long as somebody waits for it from afar. */
const foreignRulesMs = syncMethods.preview.withinMs;
/** How long its own may: as long as the command line waits. */
const syncMs = 10 * 60_000;
const tooLong = new CallError('call-timeout', 'the preview took too long and was ended; ask for one object');
/** Bytes of items of one page; what is beyond comes with the next. */
const readAtOnce = 200;

/** @throws {CallError} `preview-in-progress`, `rules-malformed`, `object-unknown` */
export async function makePreview(context: CallContext, wanted: ParsedSyncParameters<'preview'>): Promise<PreviewView> {
  const { engine, folder } = context;
  const ruleSet = wanted.rules === undefined ? undefined : parseRules(wanted.rules);
  const row = wanted.object === undefined ? undefined : directoryRow(engine, wanted.object);
  if (busy.has(folder)) throw new CallError('preview-in-progress', 'another preview runs; try again when it is done');
  busy.add(folder);
  try {
    const plan = await runPreview(context, ruleSet, row?.id, wanted);
    return planView(context, { plan, limit: wanted.limit });
  } finally {
    busy.delete(folder);
  }
}

type RowId = NonNullable<ReturnType<typeof findObject>['row']>['id'];

async function runPreview(
  { engine, folder, openTrial }: CallContext,
  ruleSet: RuleSet | undefined,
  row: RowId | undefined,
  { mode, object }: ParsedSyncParameters<'preview'>,
): Promise<string> {
  const madeAt = instant(engine.clock.now());
  const plan = `${madeAt.replaceAll(/\D/g, '').slice(0, 14)}-${randomBytes(4).toString('hex')}`;
  const trial = await openTrial(ruleSet);
  try {
    const writer = new PlanStore(folder).begin(plan);
    try {
      // Rules from elsewhere may ask for more than this host would read by its own: they are tried on what it has.
      const readsNothing = ruleSet !== undefined;
      const request = { isFull: mode === 'full', readsNothing, ...(row === undefined ? {} : { object: row }) };
      const signal = AbortSignal.timeout(readsNothing ? foreignRulesMs : syncMs);
      const totals = await preview(trial, request, writer, signal).catch((error: unknown) => {
        throw signal.aborted ? tooLong : error;
      });
      writer.finish({ plan, madeAt, mode, totals, ...(object === undefined ? {} : { object }) });
    } catch (error) {
      writer.abandon();
      throw error;
    }
  } finally {
    await trial.close();
  }
  return plan;
}

function parseRules(files: readonly { readonly name: string; readonly text: string }[]): RuleSet {
  try {
    return loadRuleSet(files);
  } catch (error) {
    if (error instanceof RuleError || error instanceof RuleSetError)
      throw new CallError('rules-malformed', error.message);
    throw error;
  }
}

/** @throws {CallError} `plan-unknown`, `malformed-call` */
export function planView(
  { folder }: Pick<CallContext, 'folder'>,
  { plan, after, limit }: { readonly plan: string; readonly after?: string | undefined; readonly limit: number },
): PreviewView {
  const store = new PlanStore(folder);
  // Large objects take their room: then the page is made with fewer of them.
  for (let count = Math.min(limit, readAtOnce); ; count = Math.ceil(count / 4)) {
    const page = store.page(plan, after, count);
    const room = new Room();
    const items = page.items.map((change) => changeView(change, room));
    if (room.isUsedUp && count > 1) continue;
    return {
      plan,
      totals: page.head.totals,
      items,
      joins: page.joins.map((join) => ({
        connector: shownName(join.connector),
        dn: shownDn(join.dn),
        metaverseObject: shownName(join.metaverseObject),
        action: join.action,
        rule: shownName(join.rule),
      })),
      errors: page.errors.map((error) => ({
        object: shownDn(error.object),
        code: error.code,
        message: cut(error.message, 2_000),
        ...(error.rule === undefined ? {} : { rule: shownName(error.rule) }),
      })),
      ...(page.next === undefined ? {} : { next: page.next }),
    };
  }
}

/** @throws {CallError} `object-unknown`, `cycle-in-progress`, and what a single-object run refuses. */
export async function commitObject(context: CallContext, object: string): Promise<RunRecordView> {
  const { engine } = context;
  const wanted = wantedObject(engine, object);
  const record = await context.exclusively((signal) =>
    synchroniseObject(engine, wanted, context.singleObject(signal), signal).catch((error: unknown) => {
      throw error instanceof SingleObjectError ? new CallError(error.code, error.message) : error;
    }),
  );
  return runView(record);
}

function wantedObject(engine: Engine, object: string): WantedObject {
  const { store, directories } = engine;
  const nameOf = (connector: number): string => directories.find((each) => each.connector === connector)!.name;
  try {
    const row = directoryRow(engine, object);
    return { directory: nameOf(row.connector), dn: row.dn, row: store.row(row.id)! };
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== 'object-unknown') throw error;
    // A directory may know what was never imported.
    const directory = directories.find(({ baseDn }) => liesUnder(object, baseDn));
    if (directory === undefined) throw error;
    return { directory: directory.name, dn: object };
  }
}

/** The object of a directory that is meant, also where its metaverse object or its object in the cloud was named. */
function directoryRow(engine: Engine, object: string): NonNullable<ReturnType<typeof findObject>['row']> {
  const { row, mv } = findObject(engine, object);
  const { connector } = engine.cloud;
  const rows = [row, ...(mv === undefined ? [] : engine.store.linkedRows(mv.id))];
  const found = rows.find((each) => each !== undefined && each.connector !== connector);
  if (found !== undefined) return found;
  throw new CallError('object-unknown', `${cut(object, 200)} has no object in a directory`);
}

function liesUnder(dn: string, base: string): boolean {
  try {
    return dn.includes('=') && base !== '' && isUnder(dn, base);
  } catch (error) {
    if (error instanceof DirectoryError) return false;
    throw error;
  }
}
