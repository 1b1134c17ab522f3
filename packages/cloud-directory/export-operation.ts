/** What a connector asks of the directory, and what it is answered: one result per operation, in order. */
import type { AttributeValue, ObjectType } from './cloud-object.ts';
import { attributesFrom } from './cloud-object.ts';
import type { ExportFailure } from './export-failure.ts';
import { type UniqueKey, uniqueKeysOf } from './unique-keys.ts';

/** Source anchors to link and to unlink; what is already so stays so. */
export interface ReferenceDelta {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** By attribute name. */
export type ReferenceChanges = ReadonlyMap<string, ReferenceDelta>;

export type ExportOperation =
  | {
      readonly op: 'add' | 'update';
      readonly objectType: ObjectType;
      readonly sourceAnchor: string;
      /** null takes the attribute away. */
      readonly attributes: ReadonlyMap<string, AttributeValue | null>;
      readonly references: ReferenceChanges;
    }
  | { readonly op: 'delete'; readonly objectType: ObjectType; readonly sourceAnchor: string };

export interface ExportResult {
  sourceAnchor: string;
  status: 'created' | 'updated' | 'unchanged' | 'deleted' | 'failed';
  /** Absent when failed or deleted. */
  cloudAnchor?: string;
  error?: ExportFailure;
  /** References whose target is not in the directory: not stored. */
  unresolved?: { attribute: string; sourceAnchor: string }[];
}

/** What must be known of the directory before operations can be planned. */
export interface NeededFacts {
  /** Anchors of the objects that operations are about. */
  readonly anchors: ReadonlySet<string>;
  /** Anchors that references name. */
  readonly targets: ReadonlySet<string>;
  /** Anchors of objects that operations delete. */
  readonly deleted: ReadonlySet<string>;
  /** Values that operations may claim. */
  readonly keys: readonly UniqueKey[];
}

/** @see planExports */
export function factsNeeded(operations: readonly ExportOperation[]): NeededFacts {
  const needed = {
    anchors: new Set<string>(),
    targets: new Set<string>(),
    deleted: new Set<string>(),
    keys: [] as UniqueKey[],
  };
  for (const operation of operations) {
    needed.anchors.add(operation.sourceAnchor);
    if (operation.op === 'delete') {
      needed.deleted.add(operation.sourceAnchor);
      continue;
    }
    const values = [...operation.attributes].flatMap(([name, value]) =>
      value === null ? [] : [[name, value] as const],
    );
    for (const key of uniqueKeysOf(operation.objectType, attributesFrom(values))) needed.keys.push(key);
    for (const { add, remove } of operation.references.values()) {
      for (const anchor of add) needed.targets.add(anchor);
      for (const anchor of remove) needed.targets.add(anchor);
    }
  }
  return needed;
}
