/**
 * The identity rules of an export: facts and operations in, a plan and the answers out. Nothing is stored here.
 *
 * - Hard match: a source anchor names one live object. Adding it again updates that object; adding one that is in the
 *   recycle bin brings the same object back, with the attributes of the add.
 * - One source of authority: only the source that brought an object may change it.
 * - A failing operation changes nothing and stops no other.
 * - References hold between live objects only: whatever points at a deleted object lets go of it and counts as changed.
 *   A reference whose target comes later in the same batch is resolved at its end.
 */
import type { EpochMs } from '@springline/ports/clock';
import { definitionOfAttribute } from './attribute-catalogue.ts';
import { applyChanges, checkChanges, checkObject } from './attribute-check.ts';
import {
  type Attributes,
  type AttributeValue,
  type CloudObject,
  cloudAnchorOf,
  noAttributes,
  type ObjectType,
  type Reference,
} from './cloud-object.ts';
import { type ExportFailure, failure } from './export-failure.ts';
import type { ExportKind } from './export-limits.ts';
import type { ExportOperation, ExportResult } from './export-operation.ts';
import { type LateReference, LateReferences } from './late-references.ts';
import { checkReferences, type ReferencePlan } from './reference-check.ts';
import { type ReferenceDiff, ReferenceSet } from './reference-set.ts';
import { isActive } from './scim-names.ts';
import { nameOfKey, type UniqueKey, uniqueKeysOf } from './unique-keys.ts';

/** What is known of the directory: everything that `factsNeeded` asks for. */
export interface ExportFacts {
  /** Every object, live or in the bin, with an anchor that is needed, and those that reference a deleted one. */
  readonly objects: Iterable<CloudObject>;
  /** Live objects that references name, by source anchor. */
  readonly targets: ReadonlyMap<string, { readonly id: string; readonly type: ObjectType }>;
  /** Who has each needed key, by `nameOfKey`. */
  readonly owners: ReadonlyMap<string, KeyOwner>;
  /**
   * References between objects of operations and targets that they name, every single-valued one of these objects, and
   * all that point at objects to delete.
   */
  readonly references: Iterable<Reference>;
}

export interface KeyOwner {
  readonly id: string;
  readonly type: ObjectType;
}

export interface ExportPlan {
  readonly results: ExportResult[];
  /** Objects to write, new and changed. */
  readonly objects: readonly { readonly before: CloudObject | undefined; readonly after: CloudObject }[];
  readonly references: ReferenceDiff;
  /** Keys to take away, and then keys to give. */
  readonly releasedKeys: readonly (UniqueKey & { readonly objectId: string })[];
  readonly claimedKeys: readonly (UniqueKey & { readonly objectId: string })[];
}

export interface ExportCaller {
  /** The source that masters what it brings. */
  readonly connectorId: string;
  readonly now: EpochMs;
  /** A fresh time-ordered UUID. */
  readonly newId: () => string;
  /** Kinds of which nothing is carried out, with the reason that each such operation is answered. */
  readonly refused?: ReadonlyMap<ExportKind, ExportFailure>;
}

/** Plans `operations` in order. */
export function planExports(
  operations: readonly ExportOperation[],
  facts: ExportFacts,
  caller: ExportCaller,
): ExportPlan {
  const planner = new Planner(facts, caller);
  for (const operation of operations) planner.carryOut(operation);
  return planner.finish();
}

/** An object while the batch is planned. */
interface Draft {
  readonly before: CloudObject | undefined;
  now: CloudObject;
}

class Planner {
  readonly #caller: ExportCaller;
  readonly #targets: ExportFacts['targets'];
  readonly #owners: Map<string, KeyOwner>;
  readonly #references: ReferenceSet;
  readonly #draftsByAnchor = new Map<string, Draft[]>();
  readonly #draftsById = new Map<string, Draft>();
  readonly #late = new LateReferences();
  readonly #results: ExportResult[] = [];

  constructor(facts: ExportFacts, caller: ExportCaller) {
    this.#caller = caller;
    this.#targets = facts.targets;
    this.#owners = new Map(facts.owners);
    this.#references = new ReferenceSet(facts.references);
    for (const object of facts.objects) this.#keepDraft({ before: object, now: object });
  }

  carryOut(operation: ExportOperation): void {
    const { sourceAnchor } = operation;
    const draft = this.#liveDraft(sourceAnchor);
    const refusal =
      (draft === undefined ? undefined : this.#refusalOf(draft, operation.objectType)) ??
      this.#caller.refused?.get(kindOf(operation, draft));
    if (refusal !== undefined) this.#fail(sourceAnchor, refusal);
    else if (operation.op === 'delete') this.#delete(sourceAnchor, draft);
    else if (draft !== undefined) this.#change(draft, operation, draft.now.attributes, 'updated');
    else if (operation.op === 'add') this.#add(operation);
    else
      this.#fail(
        sourceAnchor,
        failure('ObjectNotFound', `there is no ${operation.objectType} with this source anchor`),
      );
  }

  finish(): ExportPlan {
    this.#late.settle((late) => this.#resolveLate(late));
    const changed = [...this.#draftsById.values()].filter(({ before, now }) => before !== now);
    const keysOf = (object: CloudObject | undefined): Map<string, UniqueKey & { objectId: string }> =>
      new Map(liveKeysOf(object).map((key) => [`${nameOfKey(key)} ${key.primary}`, { ...key, objectId: object!.id }]));
    const released: (UniqueKey & { objectId: string })[] = [];
    const claimed: (UniqueKey & { objectId: string })[] = [];
    for (const { before, now } of changed) {
      const [old, fresh] = [keysOf(before), keysOf(now)];
      for (const [name, key] of old) if (!fresh.has(name)) released.push(key);
      for (const [name, key] of fresh) if (!old.has(name)) claimed.push(key);
    }
    return {
      results: this.#results,
      objects: changed.map(({ before, now }) => ({ before, after: now })),
      references: this.#references.diff(),
      releasedKeys: released,
      claimedKeys: claimed,
    };
  }

  /** Hard match in the recycle bin, or a new object. */
  #add(operation: ExportOperation & { op: 'add' | 'update' }): void {
    const { objectType: type, sourceAnchor } = operation;
    const { connectorId, now, newId } = this.#caller;
    const binned = this.#draftsByAnchor.get(sourceAnchor)?.find((draft) => draft.now.type === type);
    if (binned === undefined) {
      const times = { createdAt: now, changedAt: now, deletedAt: undefined };
      const object = {
        id: newId(),
        type,
        sourceAnchor,
        connectorId,
        attributes: noAttributes,
        referenceCount: 0,
        version: 1,
        ...times,
      };
      this.#change({ before: undefined, now: object }, operation, noAttributes, 'created');
      return;
    }
    const refusal = this.#refusalOf(binned, type);
    // The old attributes are not kept: what the source has now is in the add, and the rest is stale.
    if (refusal !== undefined) this.#fail(sourceAnchor, refusal);
    else this.#change(binned, operation, noAttributes, 'created');
  }

  #change(
    draft: Draft,
    operation: ExportOperation & { op: 'add' | 'update' },
    attributesBefore: Attributes,
    status: 'created' | 'updated',
  ): void {
    const { sourceAnchor } = operation;
    const verdict = this.#judge(draft.now, operation, attributesBefore, status);
    if ('code' in verdict) {
      this.#fail(sourceAnchor, verdict);
      return;
    }
    const result: ExportResult = { sourceAnchor, status, cloudAnchor: cloudAnchorOf(draft.now) };
    this.#results.push(result);
    this.#keepDraft(draft);
    const { attributes, changed, references } = verdict;
    if (changed || status === 'created') this.#rewrite(draft, { attributes, deletedAt: undefined });
    const linked = this.#applyReferences(draft.now.id, references, result);
    if (!changed && !linked && status === 'updated') result.status = 'unchanged';
  }

  /** Everything that can refuse the operation, before any of it is carried out. */
  #judge(
    object: CloudObject,
    operation: ExportOperation & { op: 'add' | 'update' },
    attributesBefore: Attributes,
    status: 'created' | 'updated',
  ): { attributes: Attributes; changed: boolean; references: ReferencePlan } | ExportFailure {
    const changes = checkChanges(object.type, operation.sourceAnchor, operation.attributes);
    if ('code' in changes) return changes;
    const references = checkReferences(object, operation.references);
    if ('code' in references) return references;
    const applied = applyChanges(attributesBefore, changes);
    const fault = checkObject(object.type, applied.attributes) ?? this.#conflictOf(object, applied.attributes, status);
    return fault ?? { ...applied, references };
  }

  #delete(sourceAnchor: string, draft: Draft | undefined): void {
    this.#results.push({ sourceAnchor, status: 'deleted' });
    if (draft === undefined) return;
    const { id } = draft.now;
    for (const reference of this.#references.pointingAt(id)) this.#unlink(reference);
    this.#references.clear(id);
    this.#late.forget(id);
    this.#rewrite(draft, { deletedAt: this.#caller.now, referenceCount: 0 });
  }

  /** Puts the draft into its new state and hands its unique keys over. */
  #rewrite(draft: Draft, state: Partial<Pick<CloudObject, 'attributes' | 'deletedAt' | 'referenceCount'>>): void {
    const old = draft.now;
    draft.now = { ...old, ...state, version: (draft.before?.version ?? 0) + 1, changedAt: this.#caller.now };
    if (old.attributes === draft.now.attributes && old.deletedAt === draft.now.deletedAt) return;
    for (const key of liveKeysOf(old)) this.#release(key, old.id);
    for (const key of liveKeysOf(draft.now)) this.#owners.set(nameOfKey(key), draft.now);
  }

  #release(key: UniqueKey, objectId: string): void {
    if (this.#owners.get(nameOfKey(key))?.id === objectId) this.#owners.delete(nameOfKey(key));
  }

  #refusalOf({ now }: Draft, type: ObjectType): ExportFailure | undefined {
    if (now.connectorId !== this.#caller.connectorId) {
      return failure('object-not-yours', 'the object is mastered by another connector');
    }
    if (now.type === type) return undefined;
    const conflictsWith = cloudAnchorOf(now);
    return failure('ObjectTypeMismatch', `the source anchor is that of a ${now.type}`, { conflictsWith });
  }

  #conflictOf(object: CloudObject, attributes: Attributes, status: 'created' | 'updated'): ExportFailure | undefined {
    for (const key of uniqueKeysOf(object.type, attributes)) {
      const owner = this.#owners.get(nameOfKey(key));
      if (owner === undefined || owner.id === object.id) continue;
      const words = { attribute: key.attribute, conflictsWith: cloudAnchorOf(owner) };
      // A new object that would match one of another type by its address is no duplicate but a mix-up of types.
      if (status === 'created' && key.kind === 'smtp' && owner.type !== object.type) {
        return failure('ObjectTypeMismatch', `the address in ${key.attribute} is that of a ${owner.type}`, words);
      }
      return failure('AttributeValueMustBeUnique', `another ${owner.type} has this value in ${key.attribute}`, words);
    }
    return undefined;
  }

  /** Whether anything came or went. What has no target yet is noted in `result` and waits for the end of the batch. */
  #applyReferences(objectId: string, plan: ReferencePlan, result: ExportResult): boolean {
    let changed = false;
    for (const { attribute, single, add, remove } of plan) {
      const added = new Set(add);
      for (const sourceAnchor of remove) {
        if (added.has(sourceAnchor)) continue;
        this.#late.stop(objectId, attribute, sourceAnchor);
        const targetId = this.#liveTarget(sourceAnchor);
        if (targetId !== undefined) changed = this.#unlink({ objectId, attribute, targetId }) || changed;
      }
      if (single && add.length > 0) this.#late.stop(objectId, attribute);
      for (const sourceAnchor of added) {
        const targetId = this.#liveTarget(sourceAnchor);
        if (targetId !== undefined) changed = this.#link({ objectId, attribute, targetId }, single) || changed;
        else this.#late.wait(objectId, attribute, sourceAnchor, result);
      }
    }
    return changed;
  }

  #link(reference: Reference, single: boolean): boolean {
    if (this.#references.has(reference)) return false;
    if (single) {
      for (const old of this.#references.heldBy(reference.objectId, reference.attribute)) this.#unlink(old);
    }
    this.#references.add(reference);
    this.#countReferences(reference.objectId, 1);
    return true;
  }

  #unlink(reference: Reference): boolean {
    if (!this.#references.remove(reference)) return false;
    this.#countReferences(reference.objectId, -1);
    return true;
  }

  #countReferences(objectId: string, difference: number): void {
    const draft = this.#draftsById.get(objectId);
    if (draft !== undefined) this.#rewrite(draft, { referenceCount: draft.now.referenceCount + difference });
  }

  #resolveLate({ objectId, attribute, sourceAnchor, results }: LateReference): boolean {
    const targetId = this.#liveTarget(sourceAnchor);
    if (targetId === undefined) return false;
    const single = definitionOfAttribute(attribute)?.multiValued === false;
    if (this.#link({ objectId, attribute, targetId }, single)) {
      // The first that asked for it brought it; those after it found it asked for.
      const [first] = results;
      if (first?.status === 'unchanged') first.status = 'updated';
    }
    return true;
  }

  #liveDraft(sourceAnchor: string): Draft | undefined {
    return this.#draftsByAnchor.get(sourceAnchor)?.find((draft) => draft.now.deletedAt === undefined);
  }

  /** The batch's own knowledge of an anchor goes before what was stored. */
  #liveTarget(sourceAnchor: string): string | undefined {
    if (this.#draftsByAnchor.has(sourceAnchor)) return this.#liveDraft(sourceAnchor)?.now.id;
    return this.#targets.get(sourceAnchor)?.id;
  }

  #keepDraft(draft: Draft): void {
    const { id, sourceAnchor } = draft.now;
    if (this.#draftsById.has(id)) return;
    this.#draftsById.set(id, draft);
    this.#draftsByAnchor.set(sourceAnchor, [...(this.#draftsByAnchor.get(sourceAnchor) ?? []), draft]);
  }

  #fail(sourceAnchor: string, error: ExportFailure): void {
    this.#results.push({ sourceAnchor, status: 'failed', error });
  }
}

/** What the operation would do, were it carried out. Whoever is disabled is as good as gone, so it is judged as such. Deleting what is gone changes nothing, and so is no deletion. */
function kindOf(operation: ExportOperation, draft: Draft | undefined): ExportKind {
  if (operation.op === 'delete') return draft === undefined ? 'changes' : 'deletions';
  if (draft === undefined) return 'creations';
  return isActive(draft.now.attributes) && disables(operation.attributes) ? 'deletions' : 'changes';
}

function disables(attributes: ReadonlyMap<string, AttributeValue | null>): boolean {
  for (const [name, value] of attributes) {
    if (name.toLowerCase() === 'accountenabled') return value === false || (Array.isArray(value) && value[0] === false);
  }
  return false;
}

/** Only live objects hold keys. */
function liveKeysOf(object: CloudObject | undefined): UniqueKey[] {
  return object === undefined || object.deletedAt !== undefined ? [] : uniqueKeysOf(object.type, object.attributes);
}
