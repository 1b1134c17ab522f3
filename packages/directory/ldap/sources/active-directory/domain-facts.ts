/**
 * Which domain controller answers, and whether a cookie from an earlier read still counts there.
 *
 * A cookie may be given to another domain controller of the domain (MS-ADTS 3.1.1.3.4.1.3): it may tell of things again and
 * misses none. What it must not be is older than tombstones are kept, or newer than the database: a domain controller that
 * was set back gives update numbers again that it gave before.
 */
import { attributeId } from '../../../attribute-list/names.ts';
import { isUnder, normaliseDn } from '../../../dn.ts';
import { parseGeneralizedTime } from '../../../schema.ts';
import { CookieRefusedError } from '../../../source.ts';
import type { LdapConnection } from '../../connection.ts';
import { LdapError } from '../../error.ts';
import { EntryView } from '../entry-view.ts';
import { everyEntry } from '../ldap-source.ts';
import { readRootDse } from '../root-dse.ts';

export interface DomainFacts {
  /** Root of the naming context that holds the base: DirSync works on all of it or not at all. */
  readonly root: string;
  /** DN of the settings of the domain controller that answers, and the life of its database in hex, where it can be read. */
  readonly server: string;
  readonly highestUsn: bigint;
  /** By the server's clock. Milliseconds since 1970. */
  readonly time: number;
  readonly tombstoneLifetimeMs: number;
}

const dayMs = 24 * 60 * 60_000;
/** MS-ADTS 6.1.1.2.4.1.1: when the attribute is not set, or this account does not see it. */
const tombstoneLifetimeDays = 60;
/** A cookie is given up before tombstones of its time go: they go at different times on different servers. */
const marginMs = dayMs;

/** @throws {LdapError} also when the base lies in no naming context of the server. */
export async function readDomainFacts(
  connection: LdapConnection,
  baseDn: string,
  signal: AbortSignal,
): Promise<DomainFacts> {
  const dse = await readRootDse(
    connection,
    ['namingContexts', 'dsServiceName', 'highestCommittedUSN', 'currentTime', 'configurationNamingContext'],
    signal,
  );
  const roots = dse.namingContexts.filter((context) => context !== '' && isUnder(baseDn, context));
  const root = roots.sort((one, other) => normaliseDn(other).length - normaliseDn(one).length)[0];
  const [service = ''] = dse.dsServiceName;
  const [configuration = ''] = dse.configurationNamingContext;
  const usn = dse.highestCommittedUSN[0] ?? '';
  const [time = ''] = dse.currentTime;
  if (root === undefined) {
    throw new LdapError('ldap-base-missing', `${connection.url} holds no ${baseDn}. Check the base DN.`);
  }
  if (!/^[0-9]{1,20}$/.test(usn) || time === '') {
    throw new LdapError(
      'ldap-malformed',
      `${connection.url} does not say which state it has, as Active Directory does.`,
    );
  }
  const invocation = await readOne(connection, service, 'invocationId', signal);
  const directoryService = `CN=Directory Service,CN=Windows NT,CN=Services,${configuration}`;
  const lifetime = (await readOne(connection, directoryService, 'tombstoneLifetime', signal))?.toString('latin1') ?? '';
  const days = /^[0-9]{1,5}$/.test(lifetime) ? Number(lifetime) : tombstoneLifetimeDays;
  return {
    root,
    server: `${invocation?.toString('hex') ?? ''} ${normaliseDn(service)}`,
    highestUsn: BigInt(usn),
    time: parseGeneralizedTime(time),
    tombstoneLifetimeMs: days * dayMs,
  };
}

/** What a cookie remembers of the server that gave it. */
export interface CookieOrigin {
  readonly server: string;
  readonly highestUsn: bigint;
  readonly time: number;
}

/**
 * @param isSwept what is gone is found out by comparing with all that is there. Then a domain controller that lags behind
 * must not be compared with what another one had.
 * @throws {CookieRefusedError}
 */
export function checkOrigin(origin: CookieOrigin, now: DomainFacts, isSwept: boolean): void {
  if (origin.server === now.server && now.highestUsn < origin.highestUsn) {
    throw new CookieRefusedError('The domain controller was set back to an older state. Everything is read again.');
  }
  if (now.time - origin.time > Math.max(now.tombstoneLifetimeMs - marginMs, 0)) {
    throw new CookieRefusedError(
      'The last read is so long ago that objects deleted since may be forgotten. Everything is read again.',
    );
  }
  if (isSwept && origin.server !== now.server) {
    throw new CookieRefusedError('Another domain controller answers than last time. Everything is read again.');
  }
}

/** One value of one entry; undefined where this account does not see it. */
async function readOne(
  connection: LdapConnection,
  baseDn: string,
  attribute: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (baseDn === '') return undefined;
  const view = new EntryView();
  let value: Buffer | undefined;
  const notSeen = [32, 50];
  await connection.search(
    { baseDn, scope: 'base', filter: everyEntry, attributes: [attribute], acceptedCodes: notSeen },
    {
      entry(raw) {
        const found = view.load(raw).first(attributeId(attribute));
        value = found === undefined ? undefined : Buffer.from(found);
      },
    },
    signal,
  );
  return value;
}
