/**
 * Links that a trial makes and undoes. Watched where they are written, on a store that nobody else uses; what is made
 * and undone again is no change.
 */
import type { CsId, CsRow, MvId, SyncStore } from '../connector-space/store.ts';
import { decodeMvAttributes, textOfScalar } from '../metaverse/encoding.ts';
import { inboundRules, outboundRules } from '../rules/program.ts';
import { Counters, type Engine } from '../run-profile/engine.ts';
import { SyncWork } from '../run-profile/sync-work.ts';
import { evaluate } from './evaluation.ts';
import { connectorName } from './explain.ts';
import { rowName } from './row-name.ts';

export interface LinkChange {
  readonly connector: string;
  readonly dn: string;
  /** Its display name where it has one, otherwise its id. */
  readonly metaverseObject: string;
  readonly action: 'project' | 'join' | 'provision' | 'disconnect';
  /** Empty when no rule that holds now can be named. */
  readonly rule: string;
}

interface Before {
  readonly row: CsRow;
  /** Of the metaverse object that it was linked to. */
  readonly name: string;
  readonly rule: string;
}

/** Most links that are remembered; about 2 KB each. */
const watchedLimit = 50_000;
const actions = { projected: 'project', joined: 'join', provisioned: 'provision' } as const;

export class LinkWatch {
  readonly #engine: Engine;
  readonly #before = new Map<CsId, Before>();
  /** Links beyond those that are remembered. */
  #missed = 0;

  /** Watches from now on. The store is changed for good: give one of a trial. */
  constructor(engine: Engine) {
    this.#engine = engine;
    const { store } = engine;
    const [link, unlink] = [store.link.bind(store), store.unlink.bind(store)];
    Object.assign(store, {
      link: (...words: Parameters<SyncStore['link']>) => {
        this.#remember(words[0]);
        link(...words);
      },
      unlink: (id: CsId) => {
        this.#remember(id);
        unlink(id);
      },
    });
    const deleteRow = store.deleteRow.bind(store);
    const becomePlaceholder = store.becomePlaceholder.bind(store);
    Object.assign(store, {
      deleteRow: (id: CsId) => {
        this.#remember(id);
        deleteRow(id);
      },
      becomePlaceholder: (id: CsId) => {
        this.#remember(id);
        becomePlaceholder(id);
      },
    });
  }

  get missed(): number {
    return this.#missed;
  }

  /** What differs now, in the order in which it was touched. */
  *changes(): Generator<LinkChange> {
    const { store } = this.#engine;
    for (const [id, { row, name, rule }] of this.#before) {
      const now = store.row(id);
      if ((now?.mv ?? null) === row.mv) continue;
      const connector = connectorName(this.#engine, row);
      const dn = row.connector === this.#engine.cloud.connector ? rowName(store, id) || row.dn : row.dn;
      if (row.mv !== null) yield { connector, dn, metaverseObject: name, action: 'disconnect', rule };
      if (now?.mv != null && now.link !== null) {
        const metaverseObject = this.#nameOf(now.mv);
        yield { connector, dn, metaverseObject, action: actions[now.link], rule: this.#linkingRule(now) };
      }
    }
  }

  #remember(id: CsId): void {
    if (this.#before.has(id)) return;
    const row = this.#engine.store.row(id);
    if (row === undefined) return;
    if (this.#before.size >= watchedLimit) {
      this.#missed += 1;
      return;
    }
    // Attributes are not needed again.
    const slim = { ...row, hologram: null, synchronized: null, desired: null, unconfirmed: null };
    const [name, rule] = row.mv === null ? ['', ''] : [this.#nameOf(row.mv), this.#flowingRule(row)];
    this.#before.set(id, { row: slim, name, rule });
  }

  #nameOf(mv: MvId): string {
    const { store } = this.#engine;
    const object = store.mvObject(mv);
    if (object === undefined) return '';
    const name = decodeMvAttributes(object.attributes, store.names).get('displayName');
    return name?.kind === 'values' ? textOfScalar(name.values[0]!) : object.uuid;
  }

  /** The first rule by which the row contributed. */
  #flowingRule(row: CsRow): string {
    const { store } = this.#engine;
    const object = row.mv === null ? undefined : store.mvObject(row.mv);
    if (object === undefined) return '';
    const attributes = [...decodeMvAttributes(object.attributes, store.names).values()];
    return attributes.find((attribute) => attribute.row === row.id)?.rule ?? '';
  }

  #linkingRule(row: CsRow): string {
    const { store, cloud, rules } = this.#engine;
    if (row.connector !== cloud.connector) {
      const { inScope } = new SyncWork(this.#engine, new Counters()).look(row, 0);
      const ready = inScope.filter(({ isLinking }) => isLinking);
      const found = row.link === 'projected' ? ready.find(({ rule }) => rule.linkType === 'Provision') : ready[0];
      return found?.rule.name ?? inboundRules(rules, connectorName(this.#engine, row), row.type)[0]?.rule.name ?? '';
    }
    const mv = row.mv === null ? undefined : store.mvObject(row.mv);
    if (mv === undefined) return '';
    const { decisions } = evaluate(this.#engine, mv, { asSynchronized: false });
    const provisioning = outboundRules(rules, cloud.name, mv.type).filter(({ rule }) => rule.linkType === 'Provision');
    const named = new Set([...decisions.values()].map(({ rule }) => rule));
    return (provisioning.find(({ rule }) => named.has(rule.name)) ?? provisioning[0])?.rule.name ?? '';
  }
}
