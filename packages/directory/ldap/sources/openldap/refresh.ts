/**
 * The course of a synchronisation (RFC 4533 3.3 and 3.4): entries and messages come in, and what the importing side must
 * know goes out. Knows nothing of connections.
 *
 * The refresh stage tells what is gone in one of two ways. A delete phase names it; a present phase names what is there
 * instead, and whatever was not named is gone. Until the stage is over no cookie of the server is given on: half a present
 * phase must not pass for a whole one.
 */

import type { RawEntry } from '../../../source.ts';
import { BerError } from '../../ber.ts';
import type { ControlReader } from '../../control.ts';
import {
  readSyncDone,
  readSyncInfo,
  readSyncState,
  type SyncInfo,
  syncDoneOid,
  syncInfoOid,
  syncStateOid,
} from './sync-controls.ts';

/** What a synchronisation tells. Calls are synchronous; `raw` is valid until the call returns. */
export interface RefreshListener {
  /** New or changed, whole. */
  entry(raw: RawEntry, anchor: Uint8Array): void;
  gone(anchor: Uint8Array): void;
  present(anchor: Uint8Array): void;
}

export class Refresh {
  readonly #listener: RefreshListener;
  #cookie: Uint8Array | undefined;
  #hasPresentPhase = false;
  #hasDeletePhase = false;
  #isRefreshed = false;

  constructor(listener: RefreshListener) {
    this.#listener = listener;
  }

  /** The newest cookie. */
  get cookie(): Uint8Array | undefined {
    return this.#cookie;
  }

  /** Some part of the refresh stage named what is there, so what it did not name is gone. */
  get hasPresentPhase(): boolean {
    return this.#hasPresentPhase;
  }

  /** The refresh stage of a persistent search is over. */
  get isRefreshed(): boolean {
    return this.#isRefreshed;
  }

  /** @throws {BerError} */
  entry(raw: RawEntry, controls: ControlReader): void {
    const control = controls.value(syncStateOid);
    if (control === undefined) throw new BerError('an entry without the sync state that RFC 4533 2.2 demands');
    const { state, anchor, cookie } = readSyncState(control);
    if (state === 'delete') this.#listener.gone(anchor);
    else if (state === 'present') this.#present(anchor);
    else this.#listener.entry(raw, anchor);
    this.#take(cookie);
  }

  /** @throws {BerError} */
  intermediate(oid: string | undefined, value: Uint8Array | undefined): void {
    if (oid !== syncInfoOid || value === undefined) return;
    const info = readSyncInfo(value);
    if (info === undefined) return;
    if (info.kind === 'id-set') this.#takeIdSet(info.anchors, info.refreshDeletes);
    else if (info.kind !== 'new-cookie') this.#endPhase(info);
    this.#take(info.cookie);
  }

  /** The end of a search that does not persist. @throws {BerError} */
  done(controls: ControlReader): void {
    const control = controls.value(syncDoneOid);
    if (control === undefined) throw new BerError('a result without the sync done control of RFC 4533 2.4');
    const { cookie, refreshDeletes } = readSyncDone(control);
    if (!refreshDeletes && !this.#hasDeletePhase) this.#hasPresentPhase = true;
    this.#isRefreshed = true;
    this.#cookie = cookie ?? this.#cookie;
  }

  #takeIdSet(anchors: readonly Uint8Array[], refreshDeletes: boolean): void {
    for (const anchor of anchors) {
      if (refreshDeletes) this.#listener.gone(anchor);
      else this.#present(anchor);
    }
  }

  #present(anchor: Uint8Array): void {
    this.#hasPresentPhase = true;
    this.#listener.present(anchor);
  }

  #endPhase({ kind, refreshDone }: Extract<SyncInfo, { readonly refreshDone: boolean }>): void {
    if (kind === 'refresh-present') this.#hasPresentPhase = true;
    else this.#hasDeletePhase = true;
    if (refreshDone) this.#isRefreshed = true;
  }

  #take(cookie: Uint8Array | undefined): void {
    if (cookie !== undefined) this.#cookie = cookie;
  }
}
