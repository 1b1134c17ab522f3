/**
 * A cloud directory in memory for tests of the engine: it carries exports out as the real one does (by source anchor,
 * references only to what is there), counts creations, and can be made to fail between doing and answering.
 */
import type { CsValue, Hologram } from '@springline/connect-sync/connector-space/hologram';
import type { ExportOperation, WireValue } from '@springline/connect-sync/export/operations';
import type { ExportedResult } from '@springline/connect-sync/run-profile/export';
import type { CloudPage, ImportedCloudObject } from '@springline/connect-sync/run-profile/import-cloud';

interface StoredObject {
  readonly cloudAnchor: string;
  readonly objectType: string;
  readonly sourceAnchor: string;
  readonly attributes: Map<string, readonly CsValue[]>;
  readonly references: Map<string, Set<string>>;
  deleted: boolean;
  sequence: number;
}

const pageLimit = 7;

export class CloudInMemory {
  readonly objects = new Map<string, StoredObject>();
  /** Source anchors in the order in which objects were created; a second creation would be a fault. */
  readonly created: string[] = [];
  readonly operations: ExportOperation[] = [];
  /** Called before an answer is given: throw to lose the answer after the work is done. */
  beforeAnswer: () => void = () => undefined;
  /** Refuses an object: gives the code of the refusal. */
  refuse: (operation: ExportOperation) => string | undefined = () => undefined;
  #sequence = 0;
  #life = 1;

  readonly sendBatch = (operations: readonly ExportOperation[]): Promise<readonly ExportedResult[]> =>
    Promise.resolve().then(() => {
      const results = operations.map((operation) => this.#carryOut(operation));
      this.beforeAnswer();
      return results;
    });

  readonly readPage = (cursor: string | undefined): Promise<CloudPage | null> =>
    Promise.resolve().then(() => {
      const [life, after = '0'] = (cursor ?? `${this.#life}.0`).split('.');
      if (Number(life) !== this.#life) return null;
      const found = [...this.objects.values()]
        .filter(({ sequence, deleted }) => sequence > Number(after) && (cursor !== undefined || !deleted))
        .sort((a, b) => a.sequence - b.sequence);
      const page = found.slice(0, pageLimit);
      this.beforeAnswer();
      return {
        objects: page.map((object) => this.#view(object)),
        cursor: `${this.#life}.${page.at(-1)?.sequence ?? after}`,
        more: found.length > pageLimit,
      };
    });

  /** As if the control plane had lost its database. */
  forgetEverything(): void {
    this.objects.clear();
    this.#life += 1;
    this.created.length = 0;
  }

  /** As if somebody had removed the object in the cloud. */
  remove(sourceAnchor: string): void {
    this.#delete(this.objects.get(sourceAnchor)!);
  }

  /** Live objects as plain data, for comparison. */
  state(): Record<string, unknown> {
    const live = [...this.objects.values()].filter(({ deleted }) => !deleted);
    return Object.fromEntries(
      live
        .sort((a, b) => (a.sourceAnchor < b.sourceAnchor ? -1 : 1))
        .map(({ sourceAnchor, objectType, attributes, references }) => [
          sourceAnchor,
          {
            objectType,
            attributes: Object.fromEntries([...attributes].sort().map(([name, values]) => [name, [...values].sort()])),
            references: Object.fromEntries(
              [...references]
                .filter(([, targets]) => targets.size > 0)
                .sort()
                .map(([name, targets]) => [name, [...targets].sort()]),
            ),
          },
        ]),
    );
  }

  #carryOut(operation: ExportOperation): ExportedResult {
    this.operations.push(operation);
    const { sourceAnchor } = operation;
    const refusal = this.refuse(operation);
    if (refusal !== undefined)
      return { sourceAnchor, status: 'failed', error: { code: refusal, message: 'refused by the test' } };
    const known = this.objects.get(sourceAnchor);
    if (operation.op === 'delete') {
      if (known !== undefined && !known.deleted) this.#delete(known);
      return { sourceAnchor, status: 'deleted' };
    }
    const isNew = known === undefined || known.deleted;
    const object = isNew ? this.#create(operation.objectType, sourceAnchor) : known;
    const unresolved: { attribute: string; sourceAnchor: string }[] = [];
    if (operation.op === 'add' && !isNew) object.attributes.clear();
    for (const [name, value] of Object.entries(operation.attributes)) {
      if (value === null) object.attributes.delete(name);
      else object.attributes.set(name, valuesOf(value));
    }
    for (const [attribute, { add, remove }] of Object.entries(operation.references ?? {})) {
      const targets = object.references.get(attribute) ?? new Set();
      object.references.set(attribute, targets);
      for (const anchor of remove) targets.delete(anchor);
      for (const anchor of add) {
        if (this.objects.get(anchor)?.deleted === false) targets.add(anchor);
        else unresolved.push({ attribute, sourceAnchor: anchor });
      }
    }
    this.#touch(object);
    return { sourceAnchor, status: isNew ? 'created' : 'updated', cloudAnchor: object.cloudAnchor, unresolved };
  }

  #create(objectType: string, sourceAnchor: string): StoredObject {
    this.created.push(sourceAnchor);
    const object: StoredObject = {
      cloudAnchor: `${objectType}_${this.created.length}_${this.#life}`,
      objectType,
      sourceAnchor,
      attributes: new Map(),
      references: new Map(),
      deleted: false,
      sequence: 0,
    };
    this.objects.set(sourceAnchor, object);
    return object;
  }

  #delete(object: StoredObject): void {
    object.deleted = true;
    this.#touch(object);
    for (const other of this.objects.values()) {
      for (const targets of other.references.values()) if (targets.delete(object.sourceAnchor)) this.#touch(other);
    }
  }

  #touch(object: StoredObject): void {
    this.#sequence += 1;
    object.sequence = this.#sequence;
  }

  #view(object: StoredObject): ImportedCloudObject {
    return {
      cloudAnchor: object.cloudAnchor,
      objectType: object.objectType,
      sourceAnchor: object.sourceAnchor,
      deleted: object.deleted,
      attributes: object.attributes as Hologram,
      references: new Map([...object.references].map(([name, targets]) => [name, [...targets]])),
    };
  }
}

function valuesOf(value: WireValue): readonly CsValue[] {
  return typeof value === 'object' ? value : [value];
}
