/** What the cloud should hold of a metaverse object, by the outbound rules and by what the cloud has of it. */
import { decodeHologram } from '../connector-space/hologram.ts';
import type { CsRow } from '../connector-space/store.ts';
import type { MvAttributes, ReferenceSource } from '../metaverse/attributes.ts';
import {
  type AskedRecorder,
  type Decisions,
  type DesiredObject,
  evaluateOutbound,
  type KnownTarget,
  type OutboundInput,
} from '../rules/outbound.ts';
import { outboundRules } from '../rules/program.ts';
import { referenceSourcesOf } from './reference-updates.ts';
import type { Looked, SyncWork } from './sync-work.ts';

/** Most DNs behind a reference attribute that a scope is shown. */
const shownReferences = 10_000;

/** Told what is decided, and of each rule before a flow of it is evaluated. */
export interface DesiredRecorder {
  readonly decisions: Decisions;
  readonly asked: AskedRecorder;
}

/**
 * What the cloud should hold of a metaverse object; `undefined` when no rule provisions it. An object that the cloud holds
 * already, though it is not linked, counts as what is there.
 *
 * @throws {ExpressionError} kind `runtime`.
 * @throws {FlowError}
 */
export function desiredOf(
  work: SyncWork,
  type: string,
  attributes: MvAttributes,
  first: Looked,
  cloudRow: CsRow | undefined,
  recorder?: DesiredRecorder,
): DesiredObject | undefined {
  const { store, cloud, rules } = work.engine;
  const evaluate = (row: CsRow | undefined): DesiredObject | undefined => {
    recorder?.decisions.clear();
    const input = outboundInput(work, attributes, first, row);
    return evaluateOutbound(outboundRules(rules, cloud.name, type), input, recorder?.decisions, recorder?.asked);
  };
  const desired = evaluate(cloudRow);
  if (desired === undefined || cloudRow !== undefined) return desired;
  const id = store.idByDn(cloud.connector, desired.dn);
  const there = id === undefined ? undefined : store.row(id);
  return there?.hologram == null || there.mv !== null ? desired : evaluate(there);
}

function outboundInput(
  work: SyncWork,
  attributes: MvAttributes,
  { context }: Looked,
  cloudRow: CsRow | undefined,
): OutboundInput {
  const { store } = work.engine;
  let known: KnownTarget | undefined;
  return {
    attributes,
    context,
    scope: context,
    left: (objectType) => work.left(objectType),
    known: () => {
      known ??= cloudRow && knownOf(cloudRow);
      return known;
    },
    referenceTexts: (sources) => referenceTexts(work, sources),
    countReferences: (sources) =>
      sources.reduce((sum, { row, attribute }) => sum + store.countReferences(row, attribute), 0),
  };
}

function referenceTexts({ engine: { store } }: SyncWork, sources: readonly ReferenceSource[]): readonly string[] {
  return sources
    .flatMap(({ row, attribute }) => store.references(row, attribute))
    .filter(({ state }) => state !== 'gone')
    .slice(0, shownReferences)
    .map(({ target }) => store.row(target)?.dn ?? '');
}

function knownOf(row: CsRow): KnownTarget {
  const { hologram, unconfirmed } = row;
  const desired = row.desired === null ? undefined : decodeHologram(row.desired);
  const imported = hologram === null ? undefined : decodeHologram(hologram);
  const sent = unconfirmed === row.desired ? desired : unconfirmed === null ? undefined : decodeHologram(unconfirmed);
  return {
    dn: row.dn,
    desired,
    imported,
    current: (unconfirmed === null ? imported : sent) ?? desired,
    references: referenceSourcesOf(row),
  };
}
