/**
 * What one source may create, change and delete within 24 hours before a person is asked (rule S13): an agent whose key
 * was stolen does no more harm than that. The agent has a delete guard of its own; this one holds against the agent.
 * Pure: counts in, a verdict out.
 */
import type { ObjectType } from './cloud-object.ts';
import { type ExportFailure, failure } from './export-failure.ts';

/** What is refused as one. */
export type ExportKind = 'creations' | 'changes' | 'deletions';
/** What is counted. Disabled accounts are changes that are also judged, refused and approved with the deletions. */
export type CountedKind = ExportKind | 'disablings';

export interface ExportLimits {
  readonly deletions: {
    readonly prevention: 'enabled' | 'disabled';
    /** Deleted objects and disabled accounts of all types. */
    readonly count: number;
    /** Of the objects of a type, where that is also more than `percentFloor`. */
    readonly percent: number;
  };
  readonly creationsPerDay: number;
  /** Within seven days of the first export, in place of `creationsPerDay`. */
  readonly firstWeekCreationsPerDay: number;
  readonly changesPerDay: number;
  /** So many changes for each live object of the source pass in any case; 3 when absent. */
  readonly changesPerObject?: number | undefined;
}

const defaultChangesPerObject = 3;

export const defaultExportLimits: ExportLimits = {
  deletions: { prevention: 'enabled', count: 500, percent: 20 },
  creationsPerDay: 50_000,
  firstWeekCreationsPerDay: 2_000_000,
  changesPerDay: 50_000,
  changesPerObject: defaultChangesPerObject,
};

/** As many of a type may go whatever their share is. */
export const percentFloor = 20;
export const limitWindowMs = 24 * 60 * 60 * 1000;
export const firstWeekMs = 7 * 24 * 60 * 60 * 1000;

const objectTypes: readonly ObjectType[] = ['user', 'group', 'contact'];

export type CountsByType = ReadonlyMap<ObjectType, number>;
export type CountsByKind = Readonly<Record<CountedKind, CountsByType>>;

export interface LimitFacts {
  readonly limits: ExportLimits;
  /** Done within the last 24 hours, apart from deletions that a person approved. */
  readonly done: CountsByKind;
  /** Deletions that a person approved and that were not carried out yet. */
  readonly approvedDeletions: number;
  readonly isFirstWeek: boolean;
  /** Live objects of the source now. Asked for only when a share decides. */
  readonly liveObjects: (type: ObjectType) => Promise<number>;
}

export interface LimitVerdict {
  /** Kinds of which nothing in the batch is carried out, with the reason. */
  readonly refused: ReadonlyMap<ExportKind, ExportFailure>;
  /** How many of the approved deletions the batch uses up: all that it deletes and disables, or none. */
  readonly usedApprovals: number;
}

export async function judgeExports(wanted: CountsByKind, facts: LimitFacts): Promise<LimitVerdict> {
  const { limits, done } = facts;
  const refused = new Map<ExportKind, ExportFailure>();
  const creationsPerDay = facts.isFirstWeek ? limits.firstWeekCreationsPerDay : limits.creationsPerDay;
  if (exceeds(wanted.creations, done.creations, creationsPerDay)) {
    const message = `more than ${creationsPerDay} objects would be created within 24 hours; a person can raise the limit`;
    refused.set('creations', failure('creation-limit-exceeded', message));
  }
  const changes = await tooManyChanges(wanted.changes, facts);
  if (changes !== undefined) {
    const message = `more than ${changes} changes within 24 hours; a person can raise the limit`;
    refused.set('changes', failure('change-limit-exceeded', message));
  }
  const deletions = sumOf(wanted.deletions) + sumOf(wanted.disablings);
  if (deletions === 0 || limits.deletions.prevention === 'disabled') return { refused, usedApprovals: 0 };
  if (deletions <= facts.approvedDeletions) return { refused, usedApprovals: deletions };
  const reason = await tooManyDeletions(wanted, facts);
  if (reason !== undefined) {
    const message = `${reason}; a person must approve them: springline sync deletes approve`;
    refused.set('deletions', failure('deletion-threshold-exceeded', message));
  }
  return { refused, usedApprovals: 0 };
}

/** The limit that does not hold, in changes. */
async function tooManyChanges(wanted: CountsByType, facts: LimitFacts): Promise<number | undefined> {
  const { changesPerDay, changesPerObject = defaultChangesPerObject } = facts.limits;
  const done = facts.done.changes;
  if (!exceeds(wanted, done, changesPerDay)) return undefined;
  let objects = 0;
  for (const type of changesPerObject > 0 ? objectTypes : []) objects += await facts.liveObjects(type);
  const limit = Math.max(changesPerDay, objects * changesPerObject);
  return exceeds(wanted, done, limit) ? limit : undefined;
}

async function tooManyDeletions(counts: CountsByKind, facts: LimitFacts): Promise<string | undefined> {
  const { count, percent } = facts.limits.deletions;
  const { deletions, disablings } = facts.done;
  const wanted = together(counts.deletions, counts.disablings);
  const done = together(deletions, disablings);
  if (exceeds(wanted, done, count)) return `more than ${count} objects would be deleted or disabled within 24 hours`;
  for (const [type, wantedOfType] of wanted) {
    const gone = (done.get(type) ?? 0) + wantedOfType;
    if (wantedOfType === 0 || gone <= percentFloor) continue;
    // Disabled ones are among the live.
    if (gone * 100 > percent * ((await facts.liveObjects(type)) + (deletions.get(type) ?? 0))) {
      return `more than ${percent} % of the ${type}s would be deleted or disabled within 24 hours`;
    }
  }
  return undefined;
}

function together(one: CountsByType, other: CountsByType): CountsByType {
  const sums = new Map(one);
  for (const [type, count] of other) sums.set(type, (sums.get(type) ?? 0) + count);
  return sums;
}

function exceeds(wanted: CountsByType, done: CountsByType, limit: number): boolean {
  const more = sumOf(wanted);
  return more > 0 && sumOf(done) + more > limit;
}

function sumOf(counts: CountsByType): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
