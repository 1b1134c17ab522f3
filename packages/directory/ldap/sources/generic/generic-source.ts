/**
 * Any other LDAP server as a source of imports: it tells what is there, and when each entry was changed last.
 *
 * Each delta looks at the anchor, the DN and the `modifyTimestamp` of everything in scope, reads what is new or other, and
 * takes for gone what it does not meet. What is other is told by comparing with the look before, as long as this source
 * lives; after that by the timestamps from some minutes before the newest that was seen. Clocks of servers differ and jump:
 * when the newest timestamp is older than it was, and nothing is left to compare with, everything is read.
 *
 * On a server without an immutable identifier the DN is the anchor, and a rename is a delete with an add.
 */
import { attributeId } from '../../../attribute-list/names.ts';
import { normaliseDn } from '../../../dn.ts';
import { DirectoryError } from '../../../error.ts';
import { parseGeneralizedTime } from '../../../schema.ts';
import { CookieRefusedError, type DirectorySource, type RawEntry, type ReadRequest } from '../../../source.ts';
import { LdapConnection } from '../../connection.ts';
import type { SearchRequest } from '../../message.ts';
import { pagedSearch } from '../../paged-search.ts';
import { type AnchorAttribute, anchorAttributes, anchorFromDn } from '../anchor-attribute.ts';
import { decodeCookie, encodeCookie, readDigest } from '../cookie.ts';
import { EntryView } from '../entry-view.ts';
import { entriesPerPage, everyEntry, type LdapSourceOptions, wireAttributes } from '../ldap-source.ts';
import { Pages } from '../pages.ts';
import { resolveScope, type Scope, ScopeError } from '../scope.ts';
import { readIfThere, readWhole } from '../whole-read.ts';
import { EntryStates } from './entry-states.ts';

/** Changes get their time on several servers, and come to this one later. */
const overlapMs = 5 * 60_000;
/** Objects asked for in one search by their anchors. */
const objectsPerSearch = 100;
/** When more than this share of all is other, everything is read: that is one search. */
const readAllShare = 0.2;
const readAllFrom = 1_000;

const modifyTimestamp = 'modifyTimestamp';
const modifyTimestampId = attributeId(modifyTimestamp);

const cookieFacts = ['newest', 'server', 'anchor'] as const;

/** Keeps what the last read saw, some 24 bytes an object: hold on to the source from one read to the next. */
export function genericLdapSource(options: LdapSourceOptions): DirectorySource {
  let last: { readonly cookie: Uint8Array; readonly states: EntryStates } | undefined;
  return {
    async read(request, sink, signal) {
      const digest = readDigest(request, options.baseDn, options.containers);
      const before = request.cookie && decodeCookie(request.cookie, 'generic', digest, cookieFacts);
      const states = last !== undefined && isSame(last.cookie, request.cookie) ? last.states : undefined;
      if (before !== undefined && states === undefined && options.held === undefined) {
        throw new CookieRefusedError('What the last read saw is not known any more. Everything is read again.');
      }
      using connection = await LdapConnection.open(options.endpoint, signal);
      const session = await openSession(connection, options, request, signal);
      const anchorName = session.anchor?.name ?? '';
      if (before !== undefined && (before.server !== connection.url || before.anchor !== anchorName)) {
        throw new CookieRefusedError('Another server answers than last time. Everything is read again.');
      }
      const pages = new Pages(sink, request.cookie);
      const since = before === undefined ? undefined : Number(before.newest) - overlapMs;
      const isOther = since === undefined ? undefined : comparison(since, states, options.held);
      const look = await lookAtAll(session, pages, isOther, signal);
      // Where every object was compared, no clock is asked.
      if (before !== undefined && states === undefined && look.newest < Number(before.newest)) {
        throw new CookieRefusedError(
          'The newest change is older than the newest of the last read: a clock was set back. Everything is read again.',
        );
      }
      if (before === undefined || look.others.size > Math.max(readAllFrom, look.states.size * readAllShare)) {
        for (const baseDn of session.scope.bases)
          await readEntries(session, { ...session.search, baseDn }, pages, signal);
      } else await readOthers(session, look.others, pages, signal);
      const cookie = encodeCookie('generic', digest, {
        newest: String(look.newest),
        server: connection.url,
        anchor: anchorName,
      });
      pages.commit(cookie);
      last = { cookie, states: look.states };
      return { unmentionedAreGone: true };
    },
  };
}

interface Session {
  readonly connection: LdapConnection;
  readonly scope: Scope;
  /** Undefined: the DN. */
  readonly anchor: AnchorAttribute | undefined;
  /** How entries are read whole. */
  readonly search: SearchRequest;
}

/** An object as a look at everything sees it. */
interface Seen {
  readonly anchor: Uint8Array;
  readonly dn: string;
  /** Milliseconds since 1970; undefined where the server shows none. */
  readonly time: number | undefined;
  /** What is remembered of it. */
  readonly state: string;
}

interface Look {
  readonly states: EntryStates;
  /** DN by anchor in hex, of what is new or other. */
  readonly others: ReadonlyMap<string, string>;
  /** The latest change of all; 0 where there is none. */
  readonly newest: number;
}

async function openSession(
  connection: LdapConnection,
  options: LdapSourceOptions,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<Session> {
  const { baseDn, containers } = options;
  const anchor = await findAnchor(connection, baseDn, signal);
  if (anchor === undefined && containers !== undefined && containers.include.length + containers.exclude.length > 0) {
    throw new ScopeError(
      `${connection.url} gives its entries no immutable identifier, so no containers can be chosen. Choose another base DN.`,
    );
  }
  return {
    connection,
    scope: await resolveScope(connection, options, anchor ?? anchorAttributes[0]!, signal),
    anchor,
    search: {
      baseDn,
      scope: 'sub',
      filter: request.filter ?? everyEntry,
      attributes: wireAttributes(request.attributes, ['objectClass', ...(anchor === undefined ? [] : [anchor.name])]),
    },
  };
}

/** The identifier that the base entry shows. */
export async function findAnchor(
  connection: LdapConnection,
  baseDn: string,
  signal: AbortSignal,
): Promise<AnchorAttribute | undefined> {
  let found: AnchorAttribute | undefined;
  const view = new EntryView();
  await connection.search(
    { baseDn, scope: 'base', filter: everyEntry, attributes: anchorAttributes.map(({ name }) => name) },
    {
      entry(raw) {
        view.load(raw);
        found = anchorAttributes.find((anchor) => view.anchor(anchor, attributeId(anchor.name)) !== undefined);
      },
    },
    signal,
  );
  return found;
}

/** Whether an object has to be read, by what is known of it. */
function comparison(
  since: number,
  states: EntryStates | undefined,
  held: LdapSourceOptions['held'],
): (seen: Seen) => boolean {
  return ({ anchor, dn, time, state }) => {
    if (time === undefined || time >= since) return true;
    if (states !== undefined && !states.isSame(anchor, state)) return true;
    if (held === undefined) return false;
    const dnBefore = held.dnOf(anchor);
    return dnBefore === undefined || normaliseDn(dnBefore) !== normaliseDn(dn);
  };
}

async function lookAtAll(
  { connection, scope, anchor, search }: Session,
  pages: Pages,
  isOther: ((seen: Seen) => boolean) | undefined,
  signal: AbortSignal,
): Promise<Look> {
  const states = new EntryStates();
  const others = new Map<string, string>();
  let newest = 0;
  const view = new EntryView();
  const attributes = [...(anchor === undefined ? [] : [anchor.name]), modifyTimestamp];
  const entry = (raw: RawEntry): void => {
    const { dn } = view.load(raw);
    if (!scope.isWhole && !scope.isInScope(dn)) return;
    const seen = seenFrom(view, dn, anchor);
    if (seen === undefined) {
      // It shows no identifier: the importing side knows whether it should.
      if (isOther !== undefined) pages.entry(raw);
      return;
    }
    states.set(seen.anchor, seen.state);
    newest = Math.max(newest, seen.time ?? 0);
    if (isOther?.(seen) === true) others.set(Buffer.from(seen.anchor).toString('hex'), dn);
    else if (isOther !== undefined) pages.present(seen.anchor);
  };
  for (const baseDn of scope.bases) {
    await pagedSearch(connection, { ...search, baseDn, attributes }, entriesPerPage, { entry }, signal);
  }
  return { states, others, newest };
}

function seenFrom(view: EntryView, dn: string, anchor: AnchorAttribute | undefined): Seen | undefined {
  const bytes = anchorIn(view, dn, anchor);
  const text = view.text(modifyTimestampId);
  return bytes && { anchor: bytes, dn, time: timeFrom(text), state: `${text ?? ''} ${dn}` };
}

function timeFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseGeneralizedTime(text);
  } catch (error) {
    // A time that cannot be read says nothing, as one that is not there.
    if (error instanceof DirectoryError) return undefined;
    throw error;
  }
}

function anchorIn(view: EntryView, dn: string, anchor: AnchorAttribute | undefined): Uint8Array | undefined {
  return anchor === undefined ? anchorFromDn(dn) : view.anchor(anchor, attributeId(anchor.name));
}

/** Hands over the entries of a search. `found` gets their anchors in hex. */
async function readEntries(
  { connection, scope, anchor }: Session,
  request: SearchRequest,
  pages: Pages,
  signal: AbortSignal,
  found?: Set<string>,
): Promise<void> {
  const view = new EntryView();
  const take = (raw: RawEntry): void => {
    const { dn } = view.load(raw);
    if (!scope.isWhole && !scope.isInScope(dn)) return;
    const bytes = anchorIn(view, dn, anchor);
    pages.entry(raw, bytes);
    if (bytes !== undefined) found?.add(Buffer.from(bytes).toString('hex'));
  };
  await readWhole(connection, request, take, signal);
}

/** What is new or other, whole. What is found no more went meanwhile, and is not told as there. */
async function readOthers(
  session: Session,
  others: ReadonlyMap<string, string>,
  pages: Pages,
  signal: AbortSignal,
): Promise<void> {
  const { anchor, scope, search } = session;
  const all = [...others];
  for (let at = 0; at < all.length; at += objectsPerSearch) {
    const missing = new Map(all.slice(at, at + objectsPerSearch));
    if (anchor !== undefined) {
      const anyOf = [...missing.keys()].map((key) => anchor.filterFor(Buffer.from(key, 'hex'))).join('');
      const filter = `(&${search.filter}(|${anyOf}))`;
      const found = new Set<string>();
      for (const baseDn of scope.bases) {
        await readEntries(session, { ...search, baseDn, filter }, pages, signal, found);
      }
      for (const key of found) missing.delete(key);
    }
    // Some servers do not search by their own identifier.
    for (const baseDn of missing.values()) {
      await readIfThere(() => readEntries(session, { ...search, baseDn, scope: 'base' }, pages, signal));
    }
  }
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0;
}
