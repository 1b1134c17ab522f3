/** What outbound rules may ask about a metaverse object and about its object in the cloud. */
import { decodeHologram } from '../connector-space/hologram.ts';
import type { CsRow } from '../connector-space/store.ts';
import type { MvAttributes, ReferenceSource } from '../metaverse/attributes.ts';
import type { KnownTarget, OutboundInput } from '../rules/outbound.ts';
import { inboundRules } from '../rules/program.ts';
import { referenceSourcesOf } from './reference-updates.ts';
import type { Looked, SyncWork } from './sync-work.ts';

/** Most DNs behind a reference attribute that a scope is shown. */
const shownReferences = 10_000;

/** With the object of the cloud, where rules read it. */
export function lookedWithCloud(
  work: SyncWork,
  looked: readonly Looked[],
  cloudRow: CsRow | undefined,
): readonly Looked[] {
  const { rules, cloud } = work.engine;
  if (cloudRow?.hologram == null || inboundRules(rules, cloud.name, cloudRow.type).length === 0) return looked;
  return [...looked, work.look(cloudRow, looked.length + 1)];
}

export function outboundInput(
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
