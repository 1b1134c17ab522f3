/**
 * OpenLDAP as a source of imports, by content synchronisation (RFC 4533): everything once, then what changed since the
 * cookie, and by a search that stays open what changes now.
 *
 * The protocol tells of a container that was renamed and not of what lies below it, so a delta also reads below containers
 * that may have moved into scope, and looks at everything in scope when something may have left it. While it follows, the
 * source leaves such cases to the next read: it says that something changed, and ends.
 */
import { normaliseDn } from '../../../dn.ts';
import { CookieRefusedError, type DirectorySource, type RawEntry, type ReadRequest } from '../../../source.ts';
import { BerError } from '../../ber.ts';
import { LdapConnection } from '../../connection.ts';
import { LdapError } from '../../error.ts';
import type { SearchRequest } from '../../message.ts';
import type { SearchDone, SearchHandler } from '../../operation.ts';
import { resultCode } from '../../result-code.ts';
import { entryUuid } from '../anchor-attribute.ts';
import { base64, bytesFromBase64, decodeCookie, encodeCookie, readDigest } from '../cookie.ts';
import { dnOf, EntryView } from '../entry-view.ts';
import { everyEntry, type HeldObjects, type LdapSourceOptions, wireAttributes } from '../ldap-source.ts';
import { Moves } from '../moves.ts';
import { Pages } from '../pages.ts';
import { readRootDse } from '../root-dse.ts';
import { resolveScope, type Scope } from '../scope.ts';
import { readArrived, sweep } from '../whole-read.ts';
import { FollowedPages } from './followed-pages.ts';
import { Refresh, type RefreshListener } from './refresh.ts';
import { syncRequestControl } from './sync-controls.ts';

/** How slapd answers to a cookie that it cannot take: one it cannot read, or one that is ahead of it. */
const cookieRefusals = [2, resultCode.unwillingToPerform];

export function openLdapSource(options: LdapSourceOptions): DirectorySource {
  return {
    async read(request, sink, signal) {
      const digest = readDigest(request, options.baseDn, options.containers);
      const cookie = serverCookie(request, digest);
      using connection = await LdapConnection.open(options.endpoint, signal);
      const session = await openSession(connection, options, request, signal);
      const pages = new Pages(sink, request.cookie);
      const delta = new Delta(session, options.held, pages);
      const refresh = new Refresh(cookie === undefined ? initialContent(session.scope, pages) : delta);
      const search = synchronisation(session, 'refreshOnly', cookie);
      const done = await connection.search(search, handlerOf(refresh), signal);
      refuseCookie(done, cookie, connection.url);
      endRefresh(refresh, done, connection.url);
      let unmentionedAreGone = cookie === undefined || refresh.hasPresentPhase;
      const arrived = delta.moves.takeArrived();
      await readArrived(connection, session.search, session.scope, arrived, entryUuid, pages, signal);
      if (delta.moves.hasLeft || (cookie !== undefined && refresh.hasPresentPhase && !session.scope.isWhole)) {
        await sweep(connection, session.scope, request.filter, entryUuid, pages, signal);
        unmentionedAreGone = true;
      }
      const next = refresh.cookie ?? cookie;
      sink.page(next === undefined ? undefined : encodeCookie('openldap', digest, { sync: base64(next) }));
      return { unmentionedAreGone };
    },

    async follow(request, sink, changed, signal) {
      const digest = readDigest(request, options.baseDn, options.containers);
      const cookie = serverCookie(request, digest);
      if (cookie === undefined) throw new CookieRefusedError('Changes are followed from a cookie: a read comes first.');
      using connection = await LdapConnection.open(options.endpoint, signal);
      const session = await openSession(connection, options, request, signal);
      const followed = new FollowedPages(sink, (next) => encodeCookie('openldap', digest, { sync: base64(next) }));
      const delta = new Delta(session, options.held, followed);
      const refresh: Refresh = new Refresh(delta);
      const leaveToRead = (): void => {
        if (!refresh.hasPresentPhase && !delta.moves.hasArrived && !delta.moves.hasLeft) {
          followed.committable(refresh.isRefreshed ? refresh.cookie : undefined);
          return;
        }
        changed();
        throw new LdapError(
          'ldap-incomplete',
          `${connection.url} told of a change that a delta import has to look up. It is followed again after that.`,
        );
      };
      const search = { ...synchronisation(session, 'refreshAndPersist', cookie), isPatient: true };
      try {
        const open = connection.search(search, handlerOf(refresh, leaveToRead), signal);
        const done = await Promise.race([open, followed.failed]);
        refuseCookie(done, cookie, connection.url);
      } catch (error) {
        if (!signal.aborted) throw error;
        return;
      } finally {
        followed.close();
      }
      throw new LdapError('ldap-incomplete', `${connection.url} ended the search that should have stayed open.`);
    },
  };
}

/** The first content: nothing is known yet, so nothing is gone and nothing has moved. */
function initialContent(scope: Scope, pages: Pages): RefreshListener {
  return {
    entry(raw, anchor) {
      if (scope.isWhole || scope.isInScope(dnOf(raw))) pages.entry(raw, anchor);
    },
    gone: (anchor) => pages.gone(anchor),
    present: (anchor) => pages.present(anchor),
  };
}

/** Takes changes to the importing side, by what they mean for its scope. */
class Delta implements RefreshListener {
  readonly moves: Moves;
  readonly #pages: Pick<Pages, 'entry' | 'gone' | 'present'>;
  readonly #isWholeContext: boolean;
  readonly #isWholeScope: boolean;
  readonly #view = new EntryView();

  constructor(session: Session, held: HeldObjects | undefined, pages: Pick<Pages, 'entry' | 'gone' | 'present'>) {
    this.moves = new Moves(session.scope, held);
    this.#isWholeContext = session.isWholeContext;
    this.#isWholeScope = session.scope.isWhole;
    this.#pages = pages;
  }

  entry(raw: RawEntry, anchor: Uint8Array): void {
    const { dn, isContainer } = this.#view.load(raw);
    const place = this.moves.place(dn, anchor, isContainer);
    if (place === 'in-scope') this.#pages.entry(raw, anchor);
    else if (place === 'gone') this.#pages.gone(anchor);
  }

  gone(anchor: Uint8Array): void {
    // A container that moved away from the base is told of as deleted, and nothing is said of what is below it.
    const place = this.moves.placeOfDeleted(anchor, !this.#isWholeContext);
    if (place === 'gone') this.#pages.gone(anchor);
  }

  present(anchor: Uint8Array): void {
    // The server's present phase knows nothing of containers that are left out; a sweep does.
    if (this.#isWholeScope) this.#pages.present(anchor);
  }
}

function synchronisation(
  { search }: Session,
  mode: 'refreshOnly' | 'refreshAndPersist',
  cookie: Uint8Array | undefined,
): SearchRequest {
  return {
    ...search,
    controls: [syncRequestControl(mode, cookie)],
    ...(cookie === undefined ? {} : { acceptedCodes: cookieRefusals }),
  };
}

interface Session {
  readonly scope: Scope;
  readonly search: SearchRequest;
  /** The base is the root of what the server holds: nothing can leave it but by a delete. */
  readonly isWholeContext: boolean;
}

async function openSession(
  connection: LdapConnection,
  options: LdapSourceOptions,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<Session> {
  const { baseDn } = options;
  return {
    scope: await resolveScope(connection, options, entryUuid, signal),
    search: {
      baseDn,
      scope: 'sub',
      filter: request.filter ?? everyEntry,
      // The operational attribute too: what is read beside the feed must have the same attributes.
      attributes: wireAttributes(request.attributes, ['objectClass', entryUuid.name]),
    },
    isWholeContext: await isNamingContext(connection, baseDn, signal),
  };
}

async function isNamingContext(connection: LdapConnection, baseDn: string, signal: AbortSignal): Promise<boolean> {
  const { namingContexts } = await readRootDse(connection, ['namingContexts'], signal);
  return namingContexts.some((context) => normaliseDn(context) === normaliseDn(baseDn));
}

function serverCookie(request: ReadRequest, digest: string): Uint8Array | undefined {
  if (request.cookie === undefined) return undefined;
  return bytesFromBase64(decodeCookie(request.cookie, 'openldap', digest, ['sync']).sync);
}

function refuseCookie(done: SearchDone, cookie: Uint8Array | undefined, url: string): void {
  if (done.code === resultCode.success) return;
  const said = done.diagnostic === '' ? '' : ` It says: ${done.diagnostic}`;
  if (cookie !== undefined) throw new CookieRefusedError(`${url} cannot go on from the cookie.${said}`);
  throw new LdapError('ldap-incomplete', `${url} refused to begin a synchronisation.${said}`, {
    resultCode: done.code,
  });
}

function handlerOf(refresh: Refresh, after: () => void = () => {}): SearchHandler {
  return {
    entry(raw, controls) {
      refresh.entry(raw, controls);
      after();
    },
    intermediate(oid, value) {
      refresh.intermediate(oid, value);
      after();
    },
  };
}

function endRefresh(refresh: Refresh, done: SearchDone, url: string): void {
  try {
    refresh.done(done.controls);
  } catch (cause) {
    if (!(cause instanceof BerError)) throw cause;
    throw new LdapError('ldap-malformed', `${url} ended a synchronisation unsoundly: ${cause.message}.`, { cause });
  }
}
