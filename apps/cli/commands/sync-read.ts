/**
 * `springline sync read`: reads a directory to nothing, as an import would, and says how much there was and how fast it
 * came. Tests access, certificates, limits and speed before anything is set up; needs no home and changes nothing.
 */
import { LdapConnection } from '@springline/directory/ldap/connection';
import type { LdapEndpoint } from '@springline/directory/ldap/endpoint';
import { LdapError } from '@springline/directory/ldap/error';
import { pagedSearch } from '@springline/directory/ldap/paged-search';
import { comesInPart, WholeEntries } from '@springline/directory/ldap/ranges';
import type { RawEntry } from '@springline/directory/source';
import { type Command, InvalidArgumentError } from 'commander';
import { CommandError, print, printJson } from '../output.ts';
import { readSmallFile } from '../small-file.ts';

interface Words {
  readonly ldap: readonly string[];
  readonly base: string;
  readonly bindDn?: string;
  readonly bindPasswordFile?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly ca?: string;
  readonly startTls?: boolean;
  readonly allowClearText?: boolean;
  readonly filter: string;
  readonly attributes: readonly string[];
  readonly pageSize: number;
  readonly resolveRanges?: boolean;
  readonly json?: boolean;
}

const pageSizeLimit = 1_000_000;
const passwordLimitBytes = 4_096;
const pemLimitBytes = 1024 * 1024;
const progressEveryMs = 200;
const examples = [
  'sync read --ldap ldaps://dc1.contoso.example --base DC=contoso,DC=example --bind-dn CN=sync,OU=Service,DC=contoso,DC=example --bind-password-file /etc/springline/password --ca ca.pem --resolve-ranges',
  'sync read --ldap ldap://ldap1.example --ldap ldap://ldap2.example --start-tls --base dc=example --filter "(objectClass=person)"',
];

export function registerSyncRead(sync: Command): void {
  sync
    .command('read')
    .description('read a directory to nothing: tests access and speed, and exits 1 when the read may be incomplete')
    .requiredOption('--ldap <url>', 'ldaps://host or ldap://host:port; several are tried in this order', collect)
    .requiredOption('--base <dn>', 'where the tree begins')
    .option('--bind-dn <dn>', 'the account; without it the read is anonymous')
    .option('--bind-password-file <file>', 'file with the password of the account in its first line')
    .option('--client-certificate <file>', 'PEM; the account is the one that this certificate names (SASL EXTERNAL)')
    .option('--client-key <file>', 'PEM; the key of the certificate')
    .option('--ca <file>', 'PEM; the authority that signed the certificate of the server')
    .option('--start-tls', 'encrypt a connection to ldap://')
    .option('--allow-clear-text', 'let the password travel unencrypted to another machine')
    .option('--filter <filter>', 'which entries, as in RFC 4515', '(objectClass=*)')
    .option('--attributes <names>', 'which attributes, separated by commas', list, ['*', '+'])
    .option('--page-size <count>', 'entries of one answer', pageSize, 1_000)
    .option(
      '--resolve-ranges',
      'ask for the rest of attributes that come in part, as large groups of Active Directory do',
    )
    .option('--json', 'for programs')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  springline ${example}`).join('\n')}`)
    .action(async (words: Words) => {
      const { url, entries, bytes, seconds } = await readToNothing(endpointOf(words), words);
      if (words.json === true) printJson({ url, entries, bytes, seconds });
      else print(`entries=${entries} bytes=${bytes} seconds=${seconds}`);
    });
}

/** @throws {LdapError} whenever the read may be incomplete */
async function readToNothing(
  endpoint: LdapEndpoint,
  words: Words,
): Promise<{ url: string; entries: number; bytes: number; seconds: number }> {
  const { signal } = new AbortController();
  using connection = await LdapConnection.open(endpoint, signal);
  const progress = new Progress();
  const startedAt = performance.now();
  let [entries, bytes] = [0, 0];
  const count = ({ start, end }: RawEntry): void => {
    entries += 1;
    bytes += end - start;
  };
  const whole = new WholeEntries(connection, count);
  const request = { baseDn: words.base, scope: 'sub' as const, filter: words.filter, attributes: words.attributes };
  await pagedSearch(
    connection,
    request,
    words.pageSize,
    {
      entry(raw) {
        if (words.resolveRanges === true) whole.entry(raw);
        else if (comesInPart(raw)) throw inPart(connection.url);
        else count(raw);
      },
      async page() {
        await whole.complete(signal);
        progress.show(`${entries} entries`);
      },
    },
    signal,
  ).finally(() => progress.clear());
  const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(3));
  return { url: connection.url, entries, bytes, seconds };
}

function inPart(url: string): LdapError {
  return new LdapError(
    'ldap-incomplete',
    `${url} answered a part of an attribute. Give --resolve-ranges for the rest.`,
  );
}

/** @throws {CommandError} */
function endpointOf(words: Words): LdapEndpoint {
  const bind = bindOf(words);
  return {
    urls: words.ldap,
    startTls: words.startTls === true,
    allowClearText: words.allowClearText === true,
    ...(words.ca === undefined ? {} : { caPem: readSmallFile(words.ca, pemLimitBytes) }),
    ...(bind === undefined ? {} : { bind }),
  };
}

function bindOf({ bindDn, bindPasswordFile, clientCertificate, clientKey }: Words): LdapEndpoint['bind'] {
  if ((bindDn === undefined) !== (bindPasswordFile === undefined)) {
    throw new CommandError('--bind-dn and --bind-password-file go together', 2);
  }
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    throw new CommandError('--client-certificate and --client-key go together', 2);
  }
  if (clientCertificate !== undefined && clientKey !== undefined) {
    if (bindDn !== undefined) throw new CommandError('give --bind-dn or --client-certificate, not both', 2);
    const certPem = readSmallFile(clientCertificate, pemLimitBytes);
    return { kind: 'external', certPem, keyPem: readSmallFile(clientKey, pemLimitBytes) };
  }
  if (bindDn === undefined || bindPasswordFile === undefined) return undefined;
  // An editor's line end is not part of a password.
  const [password = ''] = readSmallFile(bindPasswordFile, passwordLimitBytes).split(/\r?\n/);
  return { kind: 'simple', dn: bindDn, password };
}

/** One line that is written over, for people who watch. */
class Progress {
  #shownAt = 0;

  show(text: string): void {
    const now = performance.now();
    if (process.stderr.isTTY !== true || now - this.#shownAt < progressEveryMs) return;
    this.#shownAt = now;
    process.stderr.write(`\r\u001b[K${text}`);
  }

  clear(): void {
    if (this.#shownAt > 0) process.stderr.write('\r\u001b[K');
  }
}

function collect(url: string, before: readonly string[] = []): readonly string[] {
  return [...before, url];
}

function list(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('names are separated by single commas');
  return names;
}

function pageSize(text: string): number {
  const count = Number(text);
  if (/^\d{1,7}$/.test(text) && count >= 1 && count <= pageSizeLimit) return count;
  throw new InvalidArgumentError(`a whole number from 1 to ${pageSizeLimit} is needed`);
}
