/**
 * Searches page by page (RFC 2696), so that no limit of the server on one answer cuts the whole, and so that there are
 * moments to commit what came. A server that does not know pages answers at once.
 *
 * Servers may answer empty pages and the same cookie again and again, and still end. One that repeats a page, or stays
 * empty for longer than any of them does, is told apart from those.
 */
import type { RawEntry } from '../source.ts';
import { BerError, BerReader, BerWriter, contentStart, elementEnd } from './ber.ts';
import type { LdapConnection } from './connection.ts';
import type { Control } from './control.ts';
import { LdapError, malformed } from './error.ts';
import type { SearchRequest } from './message.ts';
import type { SearchDone, SearchHandler } from './operation.ts';

export const pagedResultsOid = '1.2.840.113556.1.4.319';
/** In a row. AD answers empty pages while it passes over entries that the account may not see. */
const emptyPageLimit = 1_000;
/** In a row with the same cookie: nothing moves. */
const standstillLimit = 20;
/** Servers hand out some 10 bytes; AD up to some hundred for each naming context. */
const cookieLimitBytes = 64 * 1024;

export interface PagedSearchHandler extends SearchHandler {
  /** After each page, also the last. The next one is asked for when this is done. */
  page?(): void | Promise<void>;
}

/**
 * @param pageSize entries, at most 2^31 - 1; a server may give fewer.
 * @returns the end of the last page, with the entries of all.
 * @throws as `LdapConnection.search`
 */
export async function pagedSearch(
  connection: LdapConnection,
  request: SearchRequest,
  pageSize: number,
  on: PagedSearchHandler,
  signal: AbortSignal,
): Promise<SearchDone> {
  let last: SearchDone | undefined;
  for await (const done of searchPages(connection, request, pageSize, on, signal)) {
    await on.page?.();
    last = done;
  }
  return last!;
}

/** The same, with a step for each page. What is yielded has the entries of all pages so far. */
export async function* searchPages(
  connection: LdapConnection,
  request: SearchRequest,
  pageSize: number,
  on: SearchHandler,
  signal: AbortSignal,
): AsyncGenerator<SearchDone> {
  const progress = new PageProgress(connection.url);
  const watched: SearchHandler = {
    ...bound(on),
    entry(raw, controls) {
      progress.entry(raw);
      on.entry(raw, controls);
    },
  };
  let cookie: Uint8Array = new Uint8Array(0);
  let entryCount = 0;
  for (let pages = 1; ; pages++) {
    const controls = [...(request.controls ?? []), pagedResultsControl(pageSize, cookie)];
    const done = await connection.search({ ...request, controls }, watched, signal);
    entryCount += done.entryCount;
    const value = done.controls.value(pagedResultsOid);
    if (value === undefined && pages > 1) {
      throw new LdapError('ldap-incomplete', `${connection.url} stopped answering in pages after page ${pages - 1}.`);
    }
    const next = value === undefined ? new Uint8Array(0) : cookieOf(value, connection.url);
    yield { ...done, entryCount };
    if (next.length === 0) return;
    if (entryCount > connection.limits.entries) {
      const { entries } = connection.limits;
      throw new LdapError('ldap-incomplete', `${connection.url} answered more than ${entries} entries.`);
    }
    progress.pageEnded(done.entryCount, cookie, next);
    cookie = next;
  }
}

function bound(on: SearchHandler): Omit<SearchHandler, 'entry'> {
  return {
    ...(on.reference === undefined ? {} : { reference: on.reference.bind(on) }),
    ...(on.intermediate === undefined ? {} : { intermediate: on.intermediate.bind(on) }),
  };
}

/** Not critical: a server without pages answers everything at once, which is as good (RFC 2696 3). */
function pagedResultsControl(pageSize: number, cookie: Uint8Array): Control {
  const value = new BerWriter().begin().integer(pageSize).octets(cookie).end().finish();
  return { oid: pagedResultsOid, critical: false, value };
}

function cookieOf(value: Buffer, url: string): Uint8Array {
  try {
    const reader = new BerReader(value).enter();
    reader.integer();
    const cookie = reader.octets();
    if (cookie.length > cookieLimitBytes) throw new BerError(`a page cookie of ${cookie.length} bytes`);
    return Uint8Array.from(cookie);
  } catch (cause) {
    throw cause instanceof BerError ? malformed(url, cause.message, { cause }) : cause;
  }
}

/** Sees whether the pages lead anywhere. */
class PageProgress {
  readonly #url: string;
  /** DN of the first entry of this page and of the one before. */
  #first: Buffer | undefined;
  #firstBefore: Buffer | undefined;
  #emptyPages = 0;
  #standstills = 0;

  constructor(url: string) {
    this.#url = url;
  }

  entry({ bytes, start, end }: RawEntry): void {
    if (this.#first !== undefined) return;
    this.#first = Buffer.from(bytes.subarray(contentStart(bytes, start), elementEnd(bytes, start, end)));
    // The base may come on a page of its own with a page size of 1, but nothing comes twice.
    if (this.#firstBefore?.equals(this.#first) === true) throw this.#astray('repeats a page');
  }

  pageEnded(entryCount: number, cookie: Uint8Array, next: Uint8Array): void {
    this.#emptyPages = entryCount === 0 ? this.#emptyPages + 1 : 0;
    this.#standstills = entryCount === 0 && Buffer.compare(cookie, next) === 0 ? this.#standstills + 1 : 0;
    if (this.#standstills >= standstillLimit) {
      throw this.#astray(`answered ${this.#standstills} empty pages with the same cookie`);
    }
    if (this.#emptyPages >= emptyPageLimit) throw this.#astray(`answered ${this.#emptyPages} empty pages in a row`);
    this.#firstBefore = this.#first ?? this.#firstBefore;
    this.#first = undefined;
  }

  #astray(what: string): LdapError {
    return new LdapError('ldap-incomplete', `${this.#url} ${what}, so the read would not end.`);
  }
}
