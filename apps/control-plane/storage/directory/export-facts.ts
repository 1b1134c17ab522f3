/** Reads what the rules need to know before a batch can be planned; sets of rows, never one object at a time. */

import { definitionOfAttribute, singleReferences } from '@springline/cloud-directory/attribute-catalogue';
import type { CloudObject, Reference } from '@springline/cloud-directory/cloud-object';
import { type ExportOperation, factsNeeded } from '@springline/cloud-directory/export-operation';
import type { ExportFacts, KeyOwner } from '@springline/cloud-directory/plan-exports';
import { nameOfKey, type UniqueKey } from '@springline/cloud-directory/unique-keys';
import type { Reader } from '../database.ts';
import { inLists } from './chunks.ts';
import { objectColumns, objectFromRow } from './object-rows.ts';

export async function readExportFacts(
  reader: Reader,
  tenantId: string,
  operations: readonly ExportOperation[],
): Promise<ExportFacts> {
  const store = new FactReader(reader, tenantId);
  const needed = factsNeeded(operations);
  const objects = await store.objectsBy('source_anchor', needed.anchors);
  const live = new Map(objects.filter(isLive).map((object) => [object.sourceAnchor, object]));
  const targets = await store.targets([...needed.targets].filter((anchor) => !needed.anchors.has(anchor)));
  const idOf = (anchor: string): string | undefined => (live.get(anchor) ?? targets.get(anchor))?.id;
  const references = await store.referencesOf(operations, live, idOf);
  const deletedIds = [...needed.deleted].flatMap((anchor) => live.get(anchor)?.id ?? []);
  const incoming = await store.referencesTo(deletedIds);
  const known = new Set(objects.map(({ id }) => id));
  const referrers = new Set(incoming.map(({ objectId }) => objectId).filter((id) => !known.has(id)));
  return {
    objects: [...objects, ...(await store.objectsBy('object_id', referrers))],
    targets,
    owners: await store.owners(needed.keys),
    references: [...references, ...incoming],
  };
}

/** Objects may be large, and what the writer's thread reads at once has to fit its memory. */
const objectsPerRead = 64;
const referencesPerRead = 10_000;

const isLive = (object: CloudObject): boolean => object.deletedAt === undefined;

class FactReader {
  readonly #reader: Reader;
  readonly #tenantId: string;

  constructor(reader: Reader, tenantId: string) {
    this.#reader = reader;
    this.#tenantId = tenantId;
  }

  async objectsBy(column: 'source_anchor' | 'object_id', values: Iterable<string>): Promise<CloudObject[]> {
    const objects: CloudObject[] = [];
    for (const list of inLists(values, objectsPerRead)) {
      const rows = await this.#reader
        .selectFrom('directory_objects')
        .select(objectColumns)
        .where('tenant_id', '=', this.#tenantId)
        .where(column, 'in', list)
        .execute();
      for (const row of rows) objects.push(objectFromRow(row));
    }
    return objects;
  }

  /** Live objects by anchor, without opening them. */
  async targets(anchors: Iterable<string>): Promise<Map<string, KeyOwner>> {
    const targets = new Map<string, KeyOwner>();
    for (const list of inLists(anchors)) {
      const rows = await this.#reader
        .selectFrom('directory_objects')
        .select(['source_anchor', 'object_id', 'type'])
        .where('tenant_id', '=', this.#tenantId)
        .where('source_anchor', 'in', list)
        .where('deleted_at', 'is', null)
        .execute();
      for (const row of rows) targets.set(row.source_anchor, { id: row.object_id, type: row.type });
    }
    return targets;
  }

  async owners(keys: readonly UniqueKey[]): Promise<Map<string, KeyOwner>> {
    const owners = new Map<string, KeyOwner>();
    for (const [kind, ofKind] of Map.groupBy(keys, (key) => key.kind)) {
      for (const list of inLists(new Set(ofKind.map(({ value }) => value)))) {
        const rows = await this.#reader
          .selectFrom('directory_unique_values as u')
          .innerJoin('directory_objects as o', (join) =>
            join.onRef('o.tenant_id', '=', 'u.tenant_id').onRef('o.object_id', '=', 'u.object_id'),
          )
          .select(['u.kind', 'u.value', 'o.object_id', 'o.type'])
          .where('u.tenant_id', '=', this.#tenantId)
          .where('u.kind', '=', kind)
          .where('u.value', 'in', list)
          .execute();
        for (const row of rows) owners.set(nameOfKey(row), { id: row.object_id, type: row.type });
      }
    }
    return owners;
  }

  async referencesTo(targetIds: readonly string[]): Promise<Reference[]> {
    const found: Reference[] = [];
    for (const list of inLists(targetIds)) {
      let last = ['', '', ''] as readonly [string, string, string];
      for (let more = true; more; ) {
        const rows = await this.#references()
          .where('target_id', 'in', list)
          .where((eb) => eb(eb.refTuple('target_id', 'attribute', 'object_id'), '>', eb.tuple(...last)))
          .orderBy('target_id')
          .orderBy('attribute')
          .orderBy('object_id')
          .limit(referencesPerRead)
          .execute();
        for (const row of rows) found.push(row);
        const end = rows.at(-1);
        more = end !== undefined && rows.length === referencesPerRead;
        if (end !== undefined) last = [end.targetId, end.attribute, end.objectId];
      }
    }
    return found;
  }

  /**
   * What objects of operations hold already: their single-valued references in sets, and of the multi-valued ones only
   * the pairs that are named, so that one member of a large group costs one row.
   */
  async referencesOf(
    operations: readonly ExportOperation[],
    live: ReadonlyMap<string, CloudObject>,
    idOf: (anchor: string) => string | undefined,
  ): Promise<Reference[]> {
    const found: Reference[] = [];
    const withSingle = new Set<string>();
    for (const operation of operations) {
      const objectId = live.get(operation.sourceAnchor)?.id;
      if (operation.op === 'delete' || objectId === undefined) continue;
      for (const [name, { add, remove }] of operation.references) {
        const definition = definitionOfAttribute(name);
        if (definition?.multiValued === false) withSingle.add(objectId);
        if (!definition?.multiValued) continue;
        const targetIds = new Set([...add, ...remove].flatMap((anchor) => idOf(anchor) ?? []));
        for (const pair of await this.#pairs(objectId, definition.name, targetIds)) found.push(pair);
      }
    }
    for (const list of inLists(withSingle)) {
      const rows = await this.#references()
        .where('object_id', 'in', list)
        .where('attribute', 'in', singleReferences)
        .execute();
      for (const row of rows) found.push(row);
    }
    return found;
  }

  async #pairs(objectId: string, attribute: string, targetIds: ReadonlySet<string>): Promise<Reference[]> {
    const found: Reference[] = [];
    for (const list of inLists(targetIds)) {
      const rows = await this.#references()
        .where('object_id', '=', objectId)
        .where('attribute', '=', attribute)
        .where('target_id', 'in', list)
        .execute();
      for (const row of rows) found.push(row);
    }
    return found;
  }

  #references() {
    return this.#reader
      .selectFrom('directory_references')
      .select(['object_id as objectId', 'attribute', 'target_id as targetId'])
      .where('tenant_id', '=', this.#tenantId);
  }
}
