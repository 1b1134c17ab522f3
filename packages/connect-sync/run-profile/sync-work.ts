/**
 * What one synchronisation shares between its parts: the views through which objects are looked at, and what it knows
 * of the store so that it need not ask for every object.
 */
import { PooledRandom, type Random } from '@springline/ports/random';
import { ObjectView } from '../connector-space/object-view.ts';
import type { CsId, CsRow } from '../connector-space/store.ts';
import type { ReferenceSource } from '../metaverse/attributes.ts';
import type { LinkedObject } from '../rules/inbound.ts';
import { inboundRules, type ReadyRule, rulesInScope } from '../rules/program.ts';
import { type Counters, type Directory, directoryOf, type Engine } from './engine.ts';
import { leftTargets } from './left-targets.ts';
import { ObjectContext } from './parameters.ts';

const noSources: readonly ReferenceSource[] = [];
const noNames: readonly string[] = [];
const joinKindsSetting = 'join-kinds';

function kindOf(text: string): string {
  return text.slice(0, text.indexOf(' '));
}

/** An object of a connector space with what rules say of it. */
export interface Looked extends LinkedObject {
  readonly rowState: CsRow;
  readonly view: ObjectView;
  readonly context: ObjectContext;
}

export class SyncWork {
  readonly engine: Engine;
  readonly counters: Counters;
  /** Bytes for the names of new objects: asking the system for each costs more than the rest of a name. */
  readonly random: Random;
  readonly #pool: { readonly view: ObjectView; readonly context: ObjectContext }[] = [];
  readonly #orders = new Map<number, string>();
  /** Whether any row waits for something to join. */
  hasSeekers: boolean;
  /** Whether the cloud had anything of ours when it began: what it gets now has its references followed as a whole. */
  readonly #hadCloudObjects: boolean;
  /** Metaverse attributes that joins look for and that any object was ever found by. */
  readonly #joinKinds: Set<string>;
  #left: Readonly<Record<string, readonly string[]>> | undefined;

  /** Whether what loses its place in the cloud loses it because its directory is not in the configuration any more. */
  readonly isDeparting: boolean;

  constructor(engine: Engine, counters: Counters, isDeparting = false) {
    this.engine = engine;
    this.counters = counters;
    this.isDeparting = isDeparting;
    this.random = new PooledRandom(engine.random);
    this.hasSeekers = engine.store.hasSeekers();
    this.#hadCloudObjects = engine.store.hasLinks(engine.cloud.connector);
    this.#joinKinds = new Set(JSON.parse(engine.store.setting(joinKindsSetting) ?? '[]') as string[]);
    for (const [at, { connector }] of engine.directories.entries()) {
      this.#orders.set(connector, String(at).padStart(6, '0'));
    }
  }

  /** Attributes of a type of object in the cloud that rules flowed to once and do not any more. */
  left(objectType: string): readonly string[] {
    this.#left ??= leftTargets(this.engine);
    return this.#left[objectType] ?? noNames;
  }

  /** References that lead to the row lead somewhere else from now on. */
  moveReferences(row: CsId): void {
    if (this.#hadCloudObjects) this.engine.store.moveReferences(row, this.engine.cloud.connector);
  }

  /** An object can be found by a key from now on (`joinKeyText`). */
  noteJoinKind(text: string): void {
    const kind = kindOf(text);
    if (this.#joinKinds.has(kind)) return;
    this.#joinKinds.add(kind);
    this.engine.store.setSetting(joinKindsSetting, JSON.stringify([...this.#joinKinds].sort()));
  }

  /** False when certainly nothing is found by keys like this one. */
  mayBeFound(text: string): boolean {
    return this.#joinKinds.has(kindOf(text));
  }

  /** Looks at a row by the view with the number `at`; what was looked at by it before is forgotten. */
  look(row: CsRow, at: number): Looked {
    const seat = this.#seat(at);
    const directory = directoryOf(this.engine, row.connector);
    const view = seat.view.load(row);
    const context = seat.context.load(directory, row.id, row.dn);
    const inScope = rulesInScope(this.#rulesFor(directory, row), view.texts, context);
    return {
      row: row.id,
      rowState: row,
      view,
      context,
      inScope,
      order: this.#orderOf(row),
      source: view,
      isReference: view.isReference,
      referencesOf: (attribute) =>
        row.referenceAttributes.includes(attribute) ? [{ row: row.id, attribute }] : noSources,
    };
  }

  /** With the object of the cloud, where rules read it. */
  withCloud(looked: readonly Looked[], cloudRow: CsRow | undefined): readonly Looked[] {
    const { rules, cloud } = this.engine;
    if (cloudRow?.hologram == null || inboundRules(rules, cloud.name, cloudRow.type).length === 0) return looked;
    return [...looked, this.look(cloudRow, looked.length + 1)];
  }

  #rulesFor(directory: Directory | undefined, row: CsRow): readonly ReadyRule[] {
    const { rules, cloud } = this.engine;
    // A connector that is not configured any more has no rules.
    if (directory === undefined && row.connector !== cloud.connector) return [];
    return inboundRules(rules, directory?.name ?? cloud.name, row.type);
  }

  #orderOf(row: CsRow): string {
    const anchor = row.anchor instanceof Uint8Array ? Buffer.from(row.anchor).toString('hex') : row.anchor;
    return `${this.#orders.get(row.connector) ?? 'cloud'}:${anchor}`;
  }

  #seat(at: number): { readonly view: ObjectView; readonly context: ObjectContext } {
    const known = this.#pool[at];
    if (known !== undefined) return known;
    const seat = { view: new ObjectView(this.engine.store), context: new ObjectContext(this.engine) };
    this.#pool[at] = seat;
    return seat;
  }
}
