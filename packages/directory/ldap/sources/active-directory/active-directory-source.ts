/**
 * Active Directory as a source of imports.
 *
 * Everything is read by plain pages below the base, and what changed since by DirSync (MS-ADTS 3.1.1.3.4.1.3), from a cookie
 * that is taken before the pages: so a full read needs no more than the base and the right to read it, and what changes
 * meanwhile is told again. DirSync tells of a whole naming context; what lies outside the scope is passed over here.
 *
 * Of an object that is new or has another name DirSync tells too little (its `cn` is left out, and an object that moved into
 * scope comes with its name alone), so those are read whole. Other changes are handed on as they come.
 *
 * An account without the right to replicate is served too, with the flag OBJECT_SECURITY. Where deleted objects are not
 * shown to the account, every delta looks at all that is in scope, because nothing else tells what is gone.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { attributeId } from '../../../attribute-list/names.ts';
import type { DirectorySource, ImportSink, RawEntry, ReadEnd, ReadRequest } from '../../../source.ts';
import { LdapConnection } from '../../connection.ts';
import { LdapError } from '../../error.ts';
import type { SearchRequest } from '../../message.ts';
import { resultCode } from '../../result-code.ts';
import { objectGuid } from '../anchor-attribute.ts';
import { base64, bytesFromBase64, decodeCookie, encodeCookie, readDigest } from '../cookie.ts';
import { EntryView } from '../entry-view.ts';
import { everyEntry, type LdapSourceOptions, wireAttributes } from '../ldap-source.ts';
import { Pages } from '../pages.ts';
import { resolveScope, type Scope } from '../scope.ts';
import { readWhole, sweep } from '../whole-read.ts';
import { type Beginning, beginDirSync, type DirSyncFeed, DirSyncProgress, readDirSync } from './dirsync.ts';
import { DirSyncDelta, dirSyncAttributes } from './dirsync-delta.ts';
import { checkOrigin, type DomainFacts, readDomainFacts } from './domain-facts.ts';

const objectGuidId = attributeId(objectGuid.name);
/** MS-ADTS 3.1.1.3.4.1.9 and 3.1.1.3.4.1.14. */
const notificationOid = '1.2.840.113556.1.4.528';
const showDeletedOid = '1.2.840.113556.1.4.417';

/** What a cookie says beside the server's own. */
interface CookieState {
  readonly cookie: Uint8Array;
  readonly isObjectSecurity: boolean;
  /** DirSync does not tell this account of all that goes. */
  readonly isSwept: boolean;
}

/** @param lookMs between two looks at the update number, while it follows. */
export function activeDirectorySource(options: LdapSourceOptions, lookMs = 30_000): DirectorySource {
  return {
    async read(request, sink, signal) {
      const before = request.cookie === undefined ? undefined : decodeState(request.cookie, request, options);
      using connection = await LdapConnection.open(options.endpoint, signal);
      const facts = await readDomainFacts(connection, options.baseDn, signal);
      if (before !== undefined) checkOrigin(before, facts, before.isSwept);
      const session = await openSession(connection, facts, options, request, signal);
      return before === undefined
        ? await readEverything(session, sink, signal)
        : await readChanges(session, before, request, sink, signal);
    },

    async follow(_request, _sink, changed, signal) {
      using connection = await LdapConnection.open(options.endpoint, signal);
      const { root } = await readDomainFacts(connection, options.baseDn, signal);
      const ended = new AbortController();
      const search = {
        baseDn: root,
        scope: 'sub' as const,
        filter: everyEntry,
        attributes: [objectGuid.name],
        isPatient: true,
        controls: [
          { oid: notificationOid, critical: true },
          { oid: showDeletedOid, critical: false },
        ],
      };
      try {
        const open = connection.search(search, { entry: () => changed() }, signal);
        const either = AbortSignal.any([signal, ended.signal]);
        await Promise.race([open, watchUsn(connection, options.baseDn, changed, lookMs, either)]);
      } catch (error) {
        if (!signal.aborted) throw error;
        return;
      } finally {
        ended.abort();
      }
      throw new LdapError('ldap-incomplete', `${connection.url} ended the search that should have stayed open.`);
    },
  };
}

/**
 * Calls `changed` once the server watches, because what came before is not told, and then whenever its update number has
 * risen: of deletes a server tells only those who may see deleted objects. Ends with the connection.
 */
async function watchUsn(
  connection: LdapConnection,
  baseDn: string,
  changed: () => void,
  lookMs: number,
  signal: AbortSignal,
): Promise<never> {
  for (let seen = -1n; ; await delay(lookMs, undefined, { signal })) {
    // Once the server has answered what was asked behind the watch, it watches.
    const { highestUsn } = await readDomainFacts(connection, baseDn, signal);
    if (highestUsn !== seen) changed();
    seen = highestUsn;
  }
}

interface Session {
  readonly connection: LdapConnection;
  readonly facts: DomainFacts;
  readonly scope: Scope;
  readonly filter: string | undefined;
  /** How entries are read whole. */
  readonly search: SearchRequest;
  readonly held: LdapSourceOptions['held'];
  encode(state: CookieState): Uint8Array;
}

async function openSession(
  connection: LdapConnection,
  facts: DomainFacts,
  options: LdapSourceOptions,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<Session> {
  const digest = readDigest(request, options.baseDn, options.containers);
  return {
    connection,
    facts,
    scope: await resolveScope(connection, options, objectGuid, signal, facts.root),
    filter: request.filter,
    search: {
      baseDn: options.baseDn,
      scope: 'sub',
      filter: request.filter ?? everyEntry,
      attributes: wireAttributes(request.attributes, ['objectClass', objectGuid.name]),
    },
    held: options.held,
    encode: ({ cookie, isObjectSecurity, isSwept }) =>
      encodeCookie('active-directory', digest, {
        dirSync: base64(cookie),
        isObjectSecurity: String(isObjectSecurity),
        isSwept: String(isSwept),
        server: facts.server,
        highestUsn: String(facts.highestUsn),
        time: String(facts.time),
      }),
  };
}

function decodeState(cookie: Uint8Array, request: ReadRequest, options: LdapSourceOptions) {
  const digest = readDigest(request, options.baseDn, options.containers);
  const names = ['dirSync', 'isObjectSecurity', 'isSwept', 'server', 'highestUsn', 'time'] as const;
  const facts = decodeCookie(cookie, 'active-directory', digest, names);
  return {
    cookie: bytesFromBase64(facts.dirSync),
    isObjectSecurity: facts.isObjectSecurity === 'true',
    isSwept: facts.isSwept !== 'false',
    server: facts.server,
    highestUsn: /^[0-9]{1,20}$/.test(facts.highestUsn) ? BigInt(facts.highestUsn) : 0n,
    time: Number(facts.time) || 0,
  };
}

async function readEverything(session: Session, sink: ImportSink, signal: AbortSignal): Promise<ReadEnd> {
  const { connection, scope, search } = session;
  const { isObjectSecurity, cookie, showsDeleted } = await begin(session, signal);
  const pages = new Pages(sink, undefined);
  const view = new EntryView();
  const take = (raw: RawEntry): void => {
    view.load(raw);
    if (!scope.isWhole && !scope.isInScope(view.dn)) return;
    // Some entries of the system show nothing at all to an ordinary account; the sink knows whether it matters.
    pages.entry(raw, view.anchor(objectGuid, objectGuidId));
  };
  for (const baseDn of scope.bases) await readWhole(connection, { ...search, baseDn }, take, signal);
  // Of what the account may not see any more it is told as little as of what was deleted.
  pages.commit(session.encode({ cookie, isObjectSecurity, isSwept: isObjectSecurity || !showsDeleted }));
  return { unmentionedAreGone: true };
}

/** With the right to replicate where the account has it. */
async function begin(
  { connection, facts }: Session,
  signal: AbortSignal,
): Promise<Beginning & { readonly isObjectSecurity: boolean }> {
  const feed: DirSyncFeed = { connection, root: facts.root, isObjectSecurity: false, attributes: [] };
  try {
    return { ...(await beginDirSync(feed, signal)), isObjectSecurity: false };
  } catch (error) {
    if (!(error instanceof LdapError) || error.resultCode !== resultCode.insufficientAccessRights) throw error;
    return { ...(await beginDirSync({ ...feed, isObjectSecurity: true }, signal)), isObjectSecurity: true };
  }
}

async function readChanges(
  session: Session,
  before: CookieState,
  request: ReadRequest,
  sink: ImportSink,
  signal: AbortSignal,
): Promise<ReadEnd> {
  const { connection, facts, scope, filter, search, held } = session;
  const { isObjectSecurity, isSwept } = before;
  const pages = new Pages(sink, request.cookie);
  const delta = new DirSyncDelta({ connection, root: facts.root, scope, search, filter, held }, pages);
  const attributes = wireAttributes(new Set(search.attributes), dirSyncAttributes);
  const feed: DirSyncFeed = { connection, root: facts.root, isObjectSecurity, attributes };
  const progress = new DirSyncProgress(connection.url);
  let { cookie } = before;
  for (let hasMore = true; hasMore; ) {
    let entryCount = 0;
    const entry = (raw: RawEntry): void => {
      entryCount += 1;
      delta.entry(raw);
    };
    const answer = await readDirSync(feed, cookie, { entry }, signal);
    await delta.settle(signal);
    progress.answered(answer, entryCount);
    ({ cookie, hasMore } = answer);
    // Until what waits is handed over and a sweep has told what left, the read must begin before the answer that said so.
    if (hasMore && !delta.moves.hasLeft && !delta.hasWaiting) pages.commit(session.encode({ ...before, cookie }));
  }
  delta.finish();
  const unmentionedAreGone = isSwept || delta.moves.hasLeft;
  if (unmentionedAreGone) {
    await sweep(connection, scope, filter, objectGuid, pages, signal);
  }
  pages.commit(session.encode({ ...before, cookie }));
  return { unmentionedAreGone };
}
