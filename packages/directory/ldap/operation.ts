/**
 * What an answer to one request is made of, message by message: a search with its entries, references and intermediate
 * responses (RFC 4511 4.5, RFC 4511 4.13), or a bind or extended operation with its one response.
 */
import type { RawEntry } from '../source.ts';
import { BerError, BerReader } from './ber.ts';
import type { ControlReader } from './control.ts';
import type { LdapLimits } from './endpoint.ts';
import { LdapError } from './error.ts';
import type { SearchRequest } from './message.ts';
import { checkSearchEntry, operationTag, type Result, readNameAndValue, readResult, readUrls } from './message.ts';
import { isOwnPartition } from './referral.ts';
import { type Asked, errorFromResult, resultCode } from './result-code.ts';

/**
 * What a search calls while its answer comes, synchronously: the server waits meanwhile. Whatever is handed over is valid
 * until the call returns. What a call throws ends the search with that error, and the connection with it.
 */
export interface SearchHandler {
  entry(raw: RawEntry, controls: ControlReader): void;
  /**
   * A search result reference: what lies there is not in this answer. Without this, references to other servers end the
   * search as `ldap-incomplete`; those of AD to its own other partitions are passed over.
   */
  reference?(urls: readonly string[]): void;
  /** RFC 4511 4.13. */
  intermediate?(oid: string | undefined, value: Uint8Array | undefined, controls: ControlReader): void;
}

/** The end of a search that counts as an answer; every other end is an LdapError. */
export interface SearchDone extends Result {
  readonly controls: ControlReader;
  readonly entryCount: number;
}

/** A response of an extended operation (RFC 4511 4.12); `oid` and `value` are copies. */
export interface ExtendedResponse extends Result {
  readonly oid: string | undefined;
  readonly value: Uint8Array | undefined;
}

/** One request that waits for its answer. */
export interface Operation {
  readonly isPatient: boolean;
  /** Quarters of the idle time-out without a message. */
  silentQuarters: number;
  /** Takes one message; true when it was the last. What it throws ends the connection. */
  take(tag: number, bytes: Buffer, start: number, end: number, controls: ControlReader): boolean;
  /** After the last message, when nothing unsound followed it. */
  settle(): void;
  fail(error: unknown): void;
}

export class SearchOperation implements Operation {
  readonly isPatient: boolean;
  silentQuarters = 0;
  readonly #request: SearchRequest;
  readonly #on: SearchHandler;
  readonly #limits: LdapLimits;
  readonly #asked: Asked;
  readonly #outcome = Promise.withResolvers<SearchDone>();
  #entryCount = 0;
  #intermediateCount = 0;
  #referenceCount = 0;
  #done: SearchDone | undefined;

  constructor(request: SearchRequest, on: SearchHandler, limits: LdapLimits, url: string) {
    this.#request = request;
    this.#on = on;
    this.#limits = limits;
    this.#asked = { url, operation: 'search', baseDn: request.baseDn };
    this.isPatient = request.isPatient ?? false;
  }

  get outcome(): Promise<SearchDone> {
    return this.#outcome.promise;
  }

  take(tag: number, bytes: Buffer, start: number, end: number, controls: ControlReader): boolean {
    switch (tag) {
      case operationTag.searchEntry:
        this.#entry(bytes, start, end, controls);
        return false;
      case operationTag.searchReference:
        this.#reference(bytes, start, end);
        return false;
      case operationTag.intermediateResponse: {
        const { oid, value } = readNameAndValue(new BerReader(bytes, start, end), 0x80, 0x81);
        this.#intermediateCount += 1;
        this.#checkCount();
        this.#on.intermediate?.(oid, value, controls);
        return false;
      }
      case operationTag.searchDone:
        this.#done = this.#finish(bytes, start, end, controls);
        return true;
      default:
        throw unexpected(tag);
    }
  }

  settle(): void {
    const { code, diagnostic } = this.#done!;
    const accepted = [resultCode.success, resultCode.syncRefreshRequired, ...(this.#request.acceptedCodes ?? [])];
    if (accepted.includes(code)) this.#outcome.resolve(this.#done!);
    else this.#outcome.reject(errorFromResult(code, diagnostic, this.#asked));
  }

  fail(error: unknown): void {
    this.#outcome.reject(error);
  }

  #entry(bytes: Buffer, start: number, end: number, controls: ControlReader): void {
    checkSearchEntry(bytes, start, end, this.#limits.attributes);
    this.#entryCount += 1;
    this.#checkCount();
    this.#on.entry({ bytes, start, end }, controls);
  }

  /** A search that waits for changes goes on for as long as the directory changes. */
  #checkCount(): void {
    const { entries } = this.#limits;
    if (this.isPatient || this.#entryCount + this.#intermediateCount <= entries) return;
    throw new LdapError('ldap-incomplete', `${this.#asked.url} answered more than ${entries} entries.`);
  }

  #reference(bytes: Buffer, start: number, end: number): void {
    const urls = readUrls(new BerReader(bytes, start, end), this.#limits.referrals);
    this.#referenceCount += 1;
    if (this.#referenceCount > this.#limits.referrals) {
      throw new BerError(`more than ${this.#limits.referrals} search result references`);
    }
    if (this.#on.reference !== undefined) this.#on.reference(urls);
    else if (!urls.every(isOwnPartition)) throw errorFromResult(resultCode.referral, '', this.#asked);
  }

  #finish(bytes: Buffer, start: number, end: number, controls: ControlReader): SearchDone {
    const result = readResult(new BerReader(bytes, start, end), this.#limits.referrals);
    return { ...result, controls: controls.copy(), entryCount: this.#entryCount };
  }
}

/** A bind or an extended operation. */
export class SingleOperation implements Operation {
  readonly isPatient = false;
  silentQuarters = 0;
  readonly #responseTag: number;
  readonly #referralLimit: number;
  readonly #asked: Asked;
  readonly #outcome = Promise.withResolvers<ExtendedResponse>();
  #done: ExtendedResponse | undefined;

  constructor(operation: 'bind' | 'extended', limits: LdapLimits, url: string) {
    this.#responseTag = operation === 'bind' ? operationTag.bindResponse : operationTag.extendedResponse;
    this.#referralLimit = limits.referrals;
    this.#asked = { url, operation };
  }

  get outcome(): Promise<ExtendedResponse> {
    return this.#outcome.promise;
  }

  take(tag: number, bytes: Buffer, start: number, end: number): boolean {
    // An extended operation may send intermediate responses; those that we use do not, and the response counts.
    if (tag === operationTag.intermediateResponse) return false;
    if (tag !== this.#responseTag) throw unexpected(tag);
    this.#done = readExtendedResponse(bytes, start, end, this.#referralLimit);
    return true;
  }

  settle(): void {
    const { code, diagnostic } = this.#done!;
    if (code === resultCode.success) this.#outcome.resolve(this.#done!);
    else this.#outcome.reject(errorFromResult(code, diagnostic, this.#asked));
  }

  fail(error: unknown): void {
    this.#outcome.reject(error);
  }
}

/** Also a bind response, whose additional part has other tags and is not read. @throws {BerError} */
export function readExtendedResponse(bytes: Buffer, start: number, end: number, referrals: number): ExtendedResponse {
  const reader = new BerReader(bytes, start, end);
  const result = readResult(reader, referrals);
  const { oid, value } = readNameAndValue(reader, 0x8a, 0x8b);
  return { ...result, oid, value: value === undefined ? undefined : Uint8Array.from(value) };
}

function unexpected(tag: number): BerError {
  return new BerError(`an answer with tag 0x${tag.toString(16).padStart(2, '0')} to another kind of request`);
}
