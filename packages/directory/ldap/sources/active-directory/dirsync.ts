/**
 * Runs of DirSync (MS-ADTS 3.1.1.3.4.1.3): what changed in a naming context since a cookie, and a cookie for what is there now.
 */
import { attributeId } from '../../../attribute-list/names.ts';
import { CookieRefusedError } from '../../../source.ts';
import { BerError } from '../../ber.ts';
import type { LdapConnection } from '../../connection.ts';
import { LdapError } from '../../error.ts';
import type { SearchHandler } from '../../operation.ts';
import { resultCode } from '../../result-code.ts';
import { EntryView } from '../entry-view.ts';
import { everyEntry } from '../ldap-source.ts';
import { type DirSyncAnswer, dirSyncControl, dirSyncOid, readDirSyncAnswer } from './dirsync-control.ts';

/** Answers to one cookie after the other: at 1,000 objects each this is a hundred million. */
const answerLimit = 100_000;

/** How domain controllers answer to a cookie that they cannot take. */
const cookieRefusals = [1, 2, resultCode.unavailableCriticalExtension, resultCode.unwillingToPerform, 80, 87];

/** What every run of a read has in common. */
export interface DirSyncFeed {
  readonly connection: LdapConnection;
  readonly root: string;
  /** Without the right of replication: only what the account may read. */
  readonly isObjectSecurity: boolean;
  readonly attributes: readonly string[];
}

/**
 * One answer: some of what changed.
 *
 * @throws {CookieRefusedError | LdapError}
 */
export async function readDirSync(
  { connection, root, isObjectSecurity, attributes }: DirSyncFeed,
  cookie: Uint8Array,
  on: SearchHandler,
  signal: AbortSignal,
  filter = everyEntry,
): Promise<DirSyncAnswer> {
  const done = await connection.search(
    {
      baseDn: root,
      scope: 'sub',
      filter,
      attributes,
      controls: [dirSyncControl(cookie, isObjectSecurity)],
      ...(cookie.length > 0 ? { acceptedCodes: cookieRefusals } : {}),
    },
    on,
    signal,
  );
  if (done.code !== resultCode.success) {
    const said = done.diagnostic === '' ? '' : ` It says: ${done.diagnostic}`;
    throw new CookieRefusedError(`${connection.url} cannot go on from the cookie.${said}`);
  }
  const value = done.controls.value(dirSyncOid);
  try {
    if (value === undefined) throw new BerError('a result without the DirSync control');
    const answer = readDirSyncAnswer(value);
    if (answer.cookie.length === 0) throw new BerError('a DirSync control without a cookie');
    return answer;
  } catch (cause) {
    if (!(cause instanceof BerError)) throw cause;
    throw new LdapError('ldap-malformed', `${connection.url} ended DirSync unsoundly: ${cause.message}.`, { cause });
  }
}

/** Counts answers, so that a server that never comes to an end is not followed for ever. */
export class DirSyncProgress {
  readonly #url: string;
  #answers = 0;
  #last: Uint8Array | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws {LdapError} `ldap-incomplete` */
  answered({ hasMore, cookie }: DirSyncAnswer, entryCount: number): void {
    this.#answers += 1;
    const stands = entryCount === 0 && this.#last !== undefined && Buffer.compare(this.#last, cookie) === 0;
    this.#last = cookie;
    if (!hasMore || (!stands && this.#answers < answerLimit)) return;
    throw new LdapError('ldap-incomplete', `${this.#url} answers DirSync without coming to an end.`);
  }
}

export interface Beginning {
  readonly cookie: Uint8Array;
  /** Deleted objects are shown to this account, so DirSync tells of deletes. */
  readonly showsDeleted: boolean;
}

const isDeletedId = attributeId('isDeleted');

/**
 * A cookie for what is there now, without reading it: of the whole naming context only the container of deleted objects is
 * asked for, which is itself marked as deleted. Whether it is shown says whether deleted objects are.
 */
export async function beginDirSync(feed: DirSyncFeed, signal: AbortSignal): Promise<Beginning> {
  const view = new EntryView();
  const progress = new DirSyncProgress(feed.connection.url);
  const asked = { ...feed, attributes: ['isDeleted'] };
  let cookie: Uint8Array = new Uint8Array(0);
  let showsDeleted = false;
  for (;;) {
    let entryCount = 0;
    const on: SearchHandler = {
      entry(raw) {
        entryCount += 1;
        showsDeleted ||= view.load(raw).text(isDeletedId)?.toUpperCase() === 'TRUE';
      },
    };
    const answer = await readDirSync(asked, cookie, on, signal, '(&(isDeleted=TRUE)(name=Deleted Objects))');
    progress.answered(answer, entryCount);
    cookie = answer.cookie;
    if (!answer.hasMore) return { cookie, showsDeleted };
  }
}
