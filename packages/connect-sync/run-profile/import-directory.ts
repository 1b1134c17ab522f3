/**
 * Import of a directory into its connector space, whole or from a cookie on. An entry is found by its anchor and never
 * by its DN, so a rename is a change; an entry that says what it said before costs its framing, a hash and one
 * comparison in memory, and writes nothing.
 *
 * What the directory no longer has is staged as a delete only after a read that proved itself whole. A source that
 * suddenly answers nothing deletes nobody. Holds one portion of changes in the open batch of the store.
 */
import { hash } from 'node:crypto';
import { type EntryPlaces, locateEntry } from '@springline/directory/attribute-list/attribute-list';
import { normaliseDn } from '@springline/directory/dn';
import { DirectoryError } from '@springline/directory/error';
import type { ImportSink, RawEntry, ReadEnd } from '@springline/directory/source';
import { anchorKey, type FlatIndex, keyLength } from '../connector-space/flat-index.ts';
import { placeholderRow } from '../connector-space/placeholder.ts';
import type { CsId, CsRow, SyncStore } from '../connector-space/store.ts';
import { type Counters, type Directory, type Engine, type StepOutcome, success } from './engine.ts';
import { EntryReader, isAnchorOfName, type StagedEntry } from './entry-reader.ts';
import { ImportReferences, type ReferenceOutcome } from './import-references.ts';
import type { ImportScope } from './import-scope.ts';
import { cookieSetting, measureOf, scopeSetting } from './import-state.ts';
import { WaitingReferences } from './waiting-references.ts';

const discoveryErrorLimit = 5_000;
/** Bytes of entries that are staged before what was written becomes durable, where the source sets no cookie. */
const portionBytes = 16 * 1024 * 1024;
const undone = 'something that was written meanwhile had to be undone';

/** Everything, what changed since a cookie, or what is told as it happens. */
export type ImportMode = 'full' | 'delta' | 'followed';

export class DirectoryImport implements ImportSink {
  readonly #engine: Engine;
  readonly #store: SyncStore;
  readonly #directory: Directory;
  readonly #scope: ImportScope;
  readonly #counters: Counters;
  readonly #reader: EntryReader;
  readonly #references: ImportReferences;
  /** As it was when the import began: something that undoes what was written makes another. */
  readonly #anchorsAtStart: FlatIndex;
  readonly #places: EntryPlaces = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };
  readonly #discoveryErrors: string[] = [];
  readonly #mode: ImportMode;
  readonly #known: number;
  /** Objects whose DN another one has by now, and of which this run has not said what became of them. */
  readonly #transient = new Set<CsId>();
  readonly #waiting = new WaitingReferences();
  #written = 0;
  #lastCookie: Uint8Array | undefined;

  constructor(engine: Engine, directory: Directory, scope: ImportScope, counters: Counters, mode: ImportMode) {
    this.#engine = engine;
    this.#store = engine.store;
    this.#directory = directory;
    this.#scope = scope;
    this.#counters = counters;
    this.#mode = mode;
    this.#reader = new EntryReader(engine, directory, scope.consent);
    this.#references = new ImportReferences(engine, directory);
    this.#anchorsAtStart = this.#store.anchors(directory.connector);
    // What is followed tells of changes only: what a read beside it has seen is that read's.
    if (mode !== 'followed') this.#anchors.beginRead();
    this.#known = this.#anchors.size;
    this.#voidFingerprints();
    this.#voidStagedDeletes();
  }

  get #anchors(): FlatIndex {
    return this.#store.anchors(this.#directory.connector);
  }

  get #wasUndone(): boolean {
    return this.#anchors !== this.#anchorsAtStart;
  }

  entry(raw: RawEntry, anchor?: Uint8Array): void {
    try {
      this.#stageEntry(raw, anchor);
    } catch (error) {
      this.#refuse(error, raw);
    }
  }

  changes(raw: RawEntry): void {
    try {
      const { bytes } = raw;
      locateEntry(bytes, raw.start, raw.end, this.#places);
      const anchor = this.#reader.load(bytes, this.#places);
      const slot = this.#anchors.find(anchorKey(anchor));
      if (slot < 0) {
        // Whole objects come with their classes; a part of one that was never taken in says nothing to us.
        if (this.#reader.hasClasses()) this.#stageEntry(raw, anchor);
        return;
      }
      const row = this.#store.row(this.#anchors.idAt(slot))!;
      const dn = bytes.toString('utf8', this.#places.dnStart, this.#places.dnEnd);
      if (!this.#isWanted(dn)) {
        this.#stageGone(row);
        return;
      }
      this.#anchors.markSeen(slot);
      this.#store.openBatch();
      this.#stageChange(row, this.#reader.merged(row, dn, anchor));
      this.#countWritten(raw.end - raw.start);
    } catch (error) {
      this.#refuse(error, raw);
    }
  }

  gone(anchor: Uint8Array): void {
    const slot = this.#anchors.find(anchorKey(anchor));
    if (slot < 0) return;
    this.#store.openBatch();
    this.#stageGone(this.#store.row(this.#anchors.idAt(slot))!);
  }

  present(anchor: Uint8Array): void {
    const slot = this.#anchors.find(anchorKey(anchor));
    if (slot >= 0) this.#anchors.markSeen(slot);
  }

  page(cookie: Uint8Array | undefined): void {
    // Without a cookie nothing is gained by a commit: what was staged is staged again, and changes nothing.
    if (cookie === undefined) return;
    const before = this.#lastCookie;
    // A page under the cookie that the answer began with may end in the middle of it.
    const isNew = before === undefined ? !this.#isKept(cookie) : Buffer.compare(before, cookie) !== 0;
    if (isNew) this.#settleReferences();
    this.#lastCookie = Uint8Array.prototype.slice.call(cookie);
    // What could not be read, or was undone, is read again.
    const obstacle = this.#wasUndone ? undone : this.#discoveryErrors[0];
    if (obstacle !== undefined) {
      this.#commit(undefined);
      if (this.#mode === 'followed') throw new DirectoryError('entry-malformed', obstacle);
      return;
    }
    if (this.#mode === 'followed') this.#commit(this.#lastCookie);
    // The last cookie counts when it is known what is gone, and the only one of a first read is earned at its end.
    else if (this.#mode === 'delta' && before !== undefined) this.#commit(before);
  }

  /** The read broke off. What was staged stays: read again it changes nothing. */
  abandon(): void {
    this.#store.commitBatch();
  }

  /** What the read says as a whole. Deletes are staged here, if at all. */
  finish(end: ReadEnd): StepOutcome {
    this.#settleReferences();
    // What came after it may look like errors of the source.
    if (this.#wasUndone) {
      this.#store.commitBatch();
      return {
        result: 'stopped-import-read',
        detail: `${undone}, so nothing counts as deleted; it is read again`,
      };
    }
    if (this.#discoveryErrors.length > 0) {
      this.#store.commitBatch();
      return {
        result: 'completed-discovery-errors',
        detail: `${this.#discoveryErrors.length} entries could not be read, so nothing counts as deleted. First: ${this.#discoveryErrors[0]}`,
      };
    }
    if (end.unmentionedAreGone) {
      if (this.#anchors.countSeen() === 0 && this.#known > 0) {
        this.#store.commitBatch();
        return {
          result: 'stopped-import-read',
          detail: `the source answered nothing although ${this.#known} objects are known, so nobody is deleted. Check base DN, account and filter.`,
        };
      }
      this.#stageUnseen();
      if (this.#store.setting(scopeSetting(this.#directory)) !== this.#digest()) {
        this.#store.openBatch();
        this.#store.setSetting(scopeSetting(this.#directory), this.#digest());
      }
    }
    this.#commit(this.#lastCookie);
    if (this.#transient.size === 0) return success;
    return {
      result: 'completed-transient-objects',
      detail: `${this.#transient.size} objects lost their DN to others, and the source has not said yet what became of them`,
    };
  }

  /** Makes durable what was staged so far, with the cookie that stands for it. */
  #commit(cookie: Uint8Array | undefined): void {
    if (cookie !== undefined && !this.#isKept(cookie)) {
      this.#store.openBatch();
      this.#store.setSetting(cookieSetting(this.#directory), base64(cookie));
    }
    this.#store.commitBatch();
    this.#written = 0;
  }

  #isKept(cookie: Uint8Array): boolean {
    return this.#store.setting(cookieSetting(this.#directory)) === base64(cookie);
  }

  #stageEntry(raw: RawEntry, given: Uint8Array | undefined): void {
    const { bytes, start, end } = raw;
    locateEntry(bytes, start, end, this.#places);
    const anchor = this.#reader.load(bytes, this.#places, given);
    const slot = this.#anchors.find(anchorKey(anchor));
    const fingerprint = hash('sha256', bytes.subarray(start, end), 'buffer').subarray(0, keyLength);
    if (slot >= 0 && this.#anchors.hasFingerprint(slot, fingerprint)) {
      if (this.#mode === 'full' && this.#anchors.wasSeen(slot)) throw this.#double(bytes);
      this.#anchors.markSeen(slot);
      this.#counters.count('stage-no-change');
      return;
    }
    const type = this.#reader.objectType();
    const dn = bytes.toString('utf8', this.#places.dnStart, this.#places.dnEnd);
    if (!this.#reader.hasClasses()) this.#requireUnknown(dn, 'the object');
    if (slot < 0 && isAnchorOfName(anchor)) this.#requireUnknown(dn, 'its objectGUID or entryUUID');
    if (type === undefined || !this.#isWanted(dn)) {
      // A whole read passes over it, and it is among what was not seen.
      if (slot >= 0 && this.#mode !== 'full') this.#stageGone(this.#store.row(this.#anchors.idAt(slot))!);
      return;
    }
    this.#store.openBatch();
    const whole = this.#reader.staged(dn, type, anchor, fingerprint);
    // References wait in memory until names are settled: cut off before, the entry must not look as it did.
    const staged = this.#keepsReferences() && whole.references.size > 0 ? { ...whole, fingerprint: null } : whole;
    if (slot < 0) {
      this.#stageNew(staged);
    } else {
      // A delta may tell of one object more than once (MS-ADTS 3.1.1.3.4.1.3).
      if (this.#mode === 'full' && this.#anchors.wasSeen(slot)) throw this.#double(bytes);
      this.#anchors.markSeen(slot);
      this.#stageChange(this.#store.row(this.#anchors.idAt(slot))!, staged);
    }
    this.#countWritten(end - start);
  }

  /** What shows nothing of itself is of no interest, unless it was read before: then a right was lost. */
  #requireUnknown(dn: string, what: string): void {
    const id = this.#store.idByDn(this.#directory.connector, normaliseDn(dn));
    if (id === undefined || this.#store.row(id)?.anchor === null) return;
    throw new DirectoryError('entry-malformed', `the account may not read ${what} any more, which it could before`);
  }

  #isWanted(dn: string): boolean {
    if (!this.#scope.isInScope(dn)) return false;
    if (this.#scope.consent.mayReadEntry(dn)) return true;
    this.#counters.count('not-consented');
    return false;
  }

  #stageNew(staged: StagedEntry): void {
    const { connector } = this.#directory;
    const holder = this.#store.rowByDn(connector, staged.dnKey);
    let id: CsId;
    if (holder !== undefined && holder.anchor === null) {
      // Something referred to it before it came.
      id = holder.id;
      this.#store.replaceImported(id, { connector, ...staged });
      this.#store.moveReferences(id, this.#engine.cloud.connector);
    } else {
      if (holder !== undefined) this.#leaveDn(holder);
      id = this.#store.insertRow({ connector, ...staged });
      if (holder !== undefined) this.#handOverReferences(holder.id, id);
    }
    this.#counters.count('stage-add');
    this.#store.stageImport(id, 'add', null);
    this.#stageReferences(id, staged, undefined);
  }

  #stageChange(row: CsRow, staged: StagedEntry): void {
    const isBack = row.pendingImport === 'delete';
    const isRename = row.isTransient || normaliseDn(row.dn) !== staged.dnKey;
    const isOtherType = row.type !== staged.type;
    const isSame =
      !isOtherType && row.hologram instanceof Uint8Array && this.#reader.isSame(row.hologram, staged.hologram);
    if (isRename) this.#takeDn(row, staged.dnKey);
    const isRewritten = !isSame || isRename || isOtherType;
    if (isRewritten) {
      this.#store.replaceImported(row.id, { connector: row.connector, ...staged });
    } else {
      const slot = this.#anchors.find(anchorKey(staged.anchor));
      if (slot >= 0) this.#anchors.setFingerprint(slot, staged.fingerprint);
    }
    this.#transient.delete(row.id);
    const references = this.#stageReferences(row.id, staged, row);
    // References are no part of the row: without this the entry could look again as it did before they changed.
    if (!isRewritten && references?.isChanged === true) this.#store.setFingerprint(row.id, staged.fingerprint);
    if (!isRewritten && references?.isEvaluated !== true && !isBack) {
      if (references !== undefined) this.#countReferences(references);
      return;
    }
    if (references === undefined) this.#waiting.countOtherwise();
    this.#counters.count(isOtherType ? 'stage-delete-add' : isRename ? 'stage-rename' : 'stage-update');
    const known = row.synchronized ?? row.hologram;
    const kind = isOtherType && row.pendingImport !== 'add' ? 'delete-add' : row.pendingImport;
    this.#store.stageImport(row.id, kind === 'none' || kind === 'delete' ? 'update' : kind, known);
  }

  /** Names of Active Directory are those of the end of a delta; elsewhere they are handed over as they change. */
  #stageReferences(id: CsId, staged: StagedEntry, row: CsRow | undefined): ReferenceOutcome | undefined {
    if (!this.#keepsReferences() || (staged.isPartial && staged.references.size === 0)) {
      return this.#references.stage(id, staged, row);
    }
    if (this.#waiting.isFull) this.#settleReferences();
    this.#waiting.hold(id, staged, row);
    return undefined;
  }

  #settleReferences(): void {
    const waiting = this.#waiting.takeAll();
    // Numbers of rows that were undone may be given to others.
    if (this.#wasUndone) return;
    for (const { id, staged, row, isCounted } of waiting) {
      this.#store.openBatch();
      const outcome = this.#references.stage(id, staged, row);
      if (outcome.isChanged) this.#store.setFingerprint(id, null);
      if (!isCounted) this.#countReferences(outcome);
      if (outcome.isEvaluated && this.#store.pendingImport(id) === 'none') {
        this.#store.stageImport(id, 'update', this.#store.row(id)!.hologram);
      }
    }
  }

  #countReferences({ isChanged }: ReferenceOutcome): void {
    this.#counters.count(isChanged ? 'stage-update' : 'stage-no-change');
  }

  #stageGone(row: CsRow): void {
    this.#transient.delete(row.id);
    if (row.pendingImport === 'delete') return;
    this.#counters.count('stage-delete');
    this.#store.openBatch();
    this.#store.stageImport(row.id, 'delete', row.synchronized ?? row.hologram);
    this.#voidFingerprint(row);
  }

  /** Should it come back as it was, that is a change: it is not gone. */
  #voidFingerprint(row: CsRow): void {
    if (!(row.anchor instanceof Uint8Array)) return;
    const slot = this.#anchors.find(anchorKey(row.anchor));
    if (slot >= 0) this.#anchors.setFingerprint(slot, null);
  }

  /** Deletes that an earlier run staged, and that no synchronisation has carried out: it was stopped before. */
  #voidStagedDeletes(): void {
    const { connector } = this.#directory;
    for (let after = 0; ; ) {
      const rows = this.#store.stagedDeletes(connector, after, 1_000);
      const last = rows.at(-1);
      if (last === undefined) return;
      for (const row of rows) this.#voidFingerprint(row);
      after = last.id;
    }
  }

  /** What named the object by the DN that it had now names a DN without an object, until it is read anew. */
  #leaveDn(row: CsRow): void {
    this.#store.makeTransient(row.id);
    if (row.pendingImport !== 'delete') this.#transient.add(row.id);
  }

  /**
   * Gives a DN to a row. An object that had it was renamed or deleted, and this run will tell which: until then it is
   * transient, without a DN that could be found. References by the old name of the row are read anew with what holds
   * them, except where the directory keeps them by itself.
   */
  #takeDn(row: CsRow, dnKey: string): void {
    const holder = this.#store.rowByDn(this.#directory.connector, dnKey);
    if (!this.#keepsReferences() && !row.isTransient) {
      const left = normaliseDn(row.dn);
      this.#store.makeTransient(row.id);
      if (this.#store.referrers(row.id).length > 0) {
        const placeholder = this.#store.insertRow(placeholderRow(row.connector, row.dn, left));
        this.#handOverReferences(row.id, placeholder);
      }
    }
    if (holder === undefined || holder.id === row.id) return;
    if (holder.anchor === null) {
      this.#handOverReferences(holder.id, row.id);
      this.#store.deleteRow(holder.id);
    } else {
      this.#leaveDn(holder);
      this.#handOverReferences(holder.id, row.id);
    }
  }

  /** Active Directory keeps references to the object, whatever its name; elsewhere they are texts. */
  #keepsReferences(): boolean {
    return this.#directory.kind === 'active-directory' && this.#mode !== 'full';
  }

  /** What was named by a DN names whoever has it now. */
  #handOverReferences(from: CsId, to: CsId): void {
    if (this.#keepsReferences() && this.#store.row(from)?.anchor !== null) return;
    this.#references.recompute(from);
    this.#store.redirectReferences(from, to);
    this.#store.moveReferences(to, this.#engine.cloud.connector);
  }

  #stageUnseen(): void {
    for (const id of this.#anchors.unseen()) {
      const row = this.#store.row(id);
      if (row !== undefined) this.#stageGone(row);
    }
  }

  #countWritten(bytes: number): void {
    this.#written += bytes;
    if (this.#written >= portionBytes) this.#commit(undefined);
  }

  #double(bytes: Buffer): DirectoryError {
    return new DirectoryError(
      'entry-malformed',
      `duplicate-object: ${bytes.toString('utf8', this.#places.dnStart, this.#places.dnEnd)} has the anchor of an entry that was read before`,
    );
  }

  #refuse(error: unknown, raw: RawEntry): void {
    if (!(error instanceof DirectoryError)) throw error;
    this.#counters.count('stage-failure');
    if (this.#discoveryErrors.length >= discoveryErrorLimit) return;
    const dn = raw.bytes.toString(
      'utf8',
      this.#places.dnStart,
      Math.min(this.#places.dnEnd, this.#places.dnStart + 300),
    );
    this.#discoveryErrors.push(`${dn}: ${error.message}`.slice(0, 500));
  }

  /** The same bytes mean something else when other attributes, containers or consent count. */
  #voidFingerprints(): void {
    if (this.#store.setting(scopeSetting(this.#directory)) === this.#digest()) return;
    this.#anchors.forgetFingerprints();
  }

  #digest(): string {
    return measureOf(this.#scope, this.#reader);
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
