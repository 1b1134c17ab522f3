/**
 * References: from what objects of directories refer to, to what objects of the cloud should. Changed values are
 * followed one by one, so that one member more in a group of half a million is one value; all of an object's
 * references are worked out anew only where it is new, or where they come from somewhere else.
 */
import { endApproval } from '../connector-space/approval.ts';
import { refersTo } from '../connector-space/object-view.ts';
import type { CsId, CsRow, ReferenceRow, ReferenceState, SyncStore } from '../connector-space/store.ts';
import type { ReferenceSource } from '../metaverse/attributes.ts';
import type { Engine } from './engine.ts';
import { leftTargets } from './left-targets.ts';

const batchRows = 1_000;

/** Target attribute -> where its references are listed, as it is kept with the cloud's row. */
type ReferenceSources = Readonly<Record<string, readonly (readonly [row: number, attribute: string])[]>>;

export function encodeReferenceSources(references: ReadonlyMap<string, readonly ReferenceSource[]>): string | null {
  if (references.size === 0) return null;
  const names = [...references.keys()].sort();
  return JSON.stringify(
    Object.fromEntries(
      names.map((name) => [name, references.get(name)!.map(({ row, attribute }) => [row, attribute])]),
    ),
  );
}

function decodeReferenceSources(text: string | null): ReferenceSources {
  return text === null ? {} : (JSON.parse(text) as ReferenceSources);
}

/** Where the references of a row of the cloud come from, by attribute. */
export function referenceSourcesOf({ referenceSources }: CsRow): ReadonlyMap<string, readonly ReferenceSource[]> {
  return new Map(
    Object.entries(decodeReferenceSources(referenceSources)).map(([name, lists]) => [
      name,
      lists.map(([row, attribute]) => ({ row: row as CsId, attribute })),
    ]),
  );
}

/** Brings every reference that changed to where it leads. */
export async function updateReferences(engine: Engine, signal: AbortSignal): Promise<void> {
  await followChanges(engine, signal);
  await workOutAnew(engine, signal);
}

async function followChanges(engine: Engine, signal: AbortSignal): Promise<void> {
  const { store } = engine;
  for (let after = 0; !signal.aborted; ) {
    const changes = store.unsettledReferences(after, batchRows);
    const last = changes.at(-1);
    if (last === undefined) return;
    store.transaction(() => {
      for (let from = 0; from < changes.length; ) {
        let to = from;
        while (to < changes.length && changes[to]!.row === changes[from]!.row) to += 1;
        followRow(engine, changes[from]!.row, changes.slice(from, to));
        from = to;
      }
    });
    after = last.row;
    await new Promise(setImmediate);
  }
}

function followRow(engine: Engine, row: CsId, changes: readonly ReferenceRow[]): void {
  const { store, cloud } = engine;
  const cloudId = store.counterpart(row, cloud.connector);
  const cloudRow = cloudId === undefined ? undefined : store.row(cloudId);
  // What is not in the cloud gets all its references when it comes; so does what is to be worked out anew.
  const followed = cloudRow === undefined || store.isInReferenceQueue(cloudRow.id) ? undefined : cloudRow;
  const sources = decodeReferenceSources(followed?.referenceSources ?? null);
  for (const change of changes) {
    if (followed !== undefined) {
      for (const [target, lists] of Object.entries(sources)) {
        if (lists.some(([from, attribute]) => from === row && attribute === change.attribute)) {
          followChange(engine, followed.id, target, lists, change);
        }
      }
    }
    if (change.state === 'gone') store.dropReference(row, change.attribute, change.target);
    else store.setReference(row, change.attribute, change.target, 'confirmed');
  }
  if (followed !== undefined) endApproval(store, followed.id);
}

function followChange(
  engine: Engine,
  cloudRow: CsId,
  attribute: string,
  lists: ReferenceSources[string],
  change: ReferenceRow,
): void {
  const { store, cloud } = engine;
  const target = store.counterpart(change.target, cloud.connector);
  if (target === undefined) return;
  const state = store.reference(cloudRow, attribute, target);
  if (change.state !== 'gone') wantReference(store, cloudRow, { attribute, target, state });
  else if (state !== undefined && !isListedOtherwise(engine, lists, change.target)) {
    unwantReference(store, cloudRow, { attribute, target, state });
  }
}

/** Whether something else that is listed leads to the same object. */
function isListedOtherwise(engine: Engine, lists: ReferenceSources[string], target: CsId): boolean {
  const { store, cloud } = engine;
  const mv = store.row(target)?.mv;
  if (mv == null) return false;
  const same = store.linkedRows(mv).filter((row) => row.connector !== cloud.connector);
  return lists.some(([row, attribute]) => same.some(({ id }) => refersTo(store, row as CsId, attribute, id)));
}

async function workOutAnew(engine: Engine, signal: AbortSignal): Promise<void> {
  const { store } = engine;
  const left = leftTargets(engine);
  while (!signal.aborted) {
    const rows = store.referenceQueue(batchRows);
    if (rows.length === 0) return;
    store.transaction(() => {
      for (const id of rows) {
        wantReferences(engine, id, left);
        store.dropFromReferenceQueue(id);
      }
    });
    await new Promise(setImmediate);
  }
}

/** The first references of a row, without looking at each. */
function seed({ store, cloud }: Pick<Engine, 'store' | 'cloud'>, row: CsRow): void {
  for (const [attribute, lists] of Object.entries(decodeReferenceSources(row.referenceSources))) {
    for (const [from, name] of lists) store.seedReferences(row.id, attribute, from as CsId, name, cloud.connector);
  }
}

/** Brings the states of a row's references in line with all that is listed for it. */
function wantReferences({ store, cloud }: Engine, id: CsId, left: ReturnType<typeof leftTargets>): void {
  const row = store.row(id);
  if (row === undefined || row.desired === null) return;
  if (!store.hasReferences(id)) {
    seed({ store, cloud }, row);
    return;
  }
  const wanted = new Map<string, Set<CsId>>();
  for (const [attribute, lists] of Object.entries(decodeReferenceSources(row.referenceSources))) {
    const targets = new Set<CsId>();
    for (const [from, name] of lists) {
      for (const target of store.counterpartsOfReferences(from as CsId, name, cloud.connector)) targets.add(target);
    }
    wanted.set(attribute, targets);
  }
  for (const reference of store.references(id)) {
    if (left[row.type]?.includes(reference.attribute) === true) {
      leave(store, id, reference);
      continue;
    }
    if (wanted.get(reference.attribute)?.delete(reference.target) === true) wantReference(store, id, reference);
    else unwantReference(store, id, reference);
  }
  for (const [attribute, targets] of wanted) {
    for (const target of [...targets].sort((a, b) => a - b)) store.setReference(id, attribute, target, 'pending-add');
  }
  endApproval(store, id);
}

/** No rule flows to it any more: it stays as it is there, and what was not sent is not. */
function leave(store: SyncStore, id: CsId, { attribute, target, state }: ReferenceRow): void {
  if (state === 'pending-add') store.dropReference(id, attribute, target);
  else if (state === 'pending-delete') store.setReference(id, attribute, target, 'confirmed');
}

interface FoundReference {
  readonly attribute: string;
  readonly target: CsId;
  readonly state: ReferenceState | undefined;
}

function wantReference(store: SyncStore, id: CsId, { attribute, target, state }: FoundReference): void {
  const next = state === undefined ? 'pending-add' : (whenWanted[state] ?? state);
  if (next !== state) store.setReference(id, attribute, target, next);
}

export function unwantReference(store: SyncStore, id: CsId, { attribute, target, state }: FoundReference): void {
  if (state === undefined) return;
  const next = whenUnwanted[state] ?? state;
  if (next === 'gone') store.dropReference(id, attribute, target);
  else if (next !== state) store.setReference(id, attribute, target, next);
}

const whenWanted: Readonly<Partial<Record<ReferenceState, ReferenceState>>> = {
  'pending-delete': 'confirmed',
  'sent-delete': 'pending-add',
  kept: 'confirmed',
};
const whenUnwanted: Readonly<Partial<Record<ReferenceState, ReferenceState>>> = {
  confirmed: 'pending-delete',
  'pending-add': 'gone',
  'sent-add': 'pending-delete',
};
