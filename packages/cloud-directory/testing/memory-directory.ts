/** A directory in memory that carries plans out: what a store has to do, in its plainest form. */
import type { EpochMs } from '@springline/ports/clock';
import type { CloudObject, Reference } from '../cloud-object.ts';
import type { ExportOperation, ExportResult } from '../export-operation.ts';
import { type ExportPlan, type KeyOwner, planExports } from '../plan-exports.ts';
import { nameOfKey } from '../unique-keys.ts';

export class MemoryDirectory {
  readonly objectById = new Map<string, CloudObject>();
  readonly ownerByKey = new Map<string, string>();
  #references: Reference[] = [];
  #ids = 0;
  #now = 0;

  /** Plans with everything that is known as facts, and carries the plan out. */
  export(operations: readonly ExportOperation[], connectorId = 'connector'): ExportResult[] {
    this.#now += 1000;
    const objects = [...this.objectById.values()];
    const live = objects.filter((object) => object.deletedAt === undefined);
    const plan = planExports(
      operations,
      {
        objects,
        targets: new Map(live.map((object) => [object.sourceAnchor, object])),
        owners: new Map([...this.ownerByKey].map(([key, id]): [string, KeyOwner] => [key, this.objectById.get(id)!])),
        references: this.#references,
      },
      { connectorId, now: this.#now as EpochMs, newId: () => `id-${String(++this.#ids).padStart(4, '0')}` },
    );
    this.#carryOut(plan);
    return plan.results;
  }

  live(): CloudObject[] {
    return [...this.objectById.values()].filter((object) => object.deletedAt === undefined);
  }

  /** By attribute, the source anchors that the live object with `anchor` references, sorted. */
  referencesOf(anchor: string): Record<string, string[]> {
    const holder = this.live().find((object) => object.sourceAnchor === anchor);
    const held: Record<string, string[]> = {};
    for (const { objectId, attribute, targetId } of this.#references) {
      if (objectId !== holder?.id) continue;
      held[attribute] = [...(held[attribute] ?? []), this.objectById.get(targetId)!.sourceAnchor];
    }
    for (const anchors of Object.values(held)) anchors.sort();
    return held;
  }

  #carryOut({ objects, references, releasedKeys, claimedKeys }: ExportPlan): void {
    const isSame = (a: Reference, b: Reference): boolean =>
      a.objectId === b.objectId && a.attribute === b.attribute && a.targetId === b.targetId;
    this.#references = this.#references
      .filter(({ objectId }) => !references.cleared.includes(objectId))
      .filter((reference) => !references.removed.some((removed) => isSame(removed, reference)));
    this.#references.push(...references.added);
    for (const key of releasedKeys) this.ownerByKey.delete(nameOfKey(key));
    for (const key of claimedKeys) this.ownerByKey.set(nameOfKey(key), key.objectId);
    for (const { after } of objects) this.objectById.set(after.id, after);
  }
}
