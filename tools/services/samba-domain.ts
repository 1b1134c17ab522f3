/**
 * Makes the domain that Samba AD test servers start from, and keeps one copy for this machine below
 * `node_modules/.cache/springline/`.
 *
 * The copy is used only by the Samba version and recipe that made it, and for 30 days, well below the 180 days after which
 * a domain controller's database counts as too old to be brought back. It appears by a rename, so a run that was cut
 * short leaves no half domain, and two runs at once make two of which one stays.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServerCertificate } from './certificates.ts';
import { run } from './process-group.ts';

const cacheFolder = join(import.meta.dirname, '../../node_modules/.cache/springline');
const cacheLifetimeMs = 30 * 24 * 60 * 60_000;
const provisionTimeoutMs = 5 * 60_000;

/** Names and passwords of the domain; a change of any makes a new domain. */
export const domain = {
  realm: 'AD.TEST',
  netbiosName: 'ADTEST',
  dcName: 'dc1.ad.test',
  baseDn: 'DC=ad,DC=test',
  adminPassword: 'Admin.Passw0rd',
  syncPassword: 'Sync.Passw0rd',
  readPassword: 'Read.Passw0rd',
} as const;

/** Puts a domain into `folder`: the machine's copy where there is a good one, else a new one, which is then kept. */
export async function copyOfDomain(folder: string): Promise<void> {
  const kept = join(cacheFolder, `samba-ad-${await recipeDigest()}`);
  if (isFresh(kept)) return copyFolder(kept, folder);
  await provision(folder);
  await keep(folder, kept);
}

/** Writes `smb.conf` for the domain in `folder` and makes the folders it names. Returns its path. */
export function writeSambaConfiguration(folder: string, host: string, certificate: ServerCertificate): string {
  for (const name of ['run', 'cache', 'lock', 'ncalrpc', 'state']) mkdirSync(join(folder, name), { recursive: true });
  const settings = {
    'netbios name': 'DC1',
    realm: domain.realm,
    workgroup: domain.netbiosName,
    interfaces: `${host}/8`,
    'bind interfaces only': 'yes',
    'server role': 'active directory domain controller',
    'server services': 'rpc, ldap, cldap, kdc, drepl',
    'dcerpc endpoint servers':
      'epmapper, wkssvc, samr, netlogon, lsarpc, drsuapi, dssetup, unixinfo, browser, backupkey',
    'ldap server require strong auth': 'yes',
    'tls enabled': 'yes',
    'tls keyfile': certificate.keyFile,
    'tls certfile': certificate.certificateFile,
    'tls cafile': certificate.caFile,
    'private dir': join(folder, 'private'),
    'state directory': join(folder, 'state'),
    'cache directory': join(folder, 'cache'),
    'lock directory': join(folder, 'lock'),
    'pid directory': join(folder, 'run'),
    'ncalrpc dir': join(folder, 'ncalrpc'),
    'ntp signd socket directory': join(folder, 'run/ntp_signd'),
    'winbindd socket directory': join(folder, 'run/winbindd'),
    'binddns dir': join(folder, 'bind-dns'),
    'log file': join(folder, 'samba.log'),
    // Nothing to tell other domain controllers or a name server: there are none.
    'dns update command': '/bin/true',
    'spn update command': '/bin/true',
    'samba kcc command': '/bin/true',
    'gpo update command': '/bin/true',
  };
  const lines = Object.entries(settings).map(([name, value]) => `\t${name} = ${value}`);
  const path = join(folder, 'smb.conf');
  writeFileSync(path, `[global]\n${lines.join('\n')}\n`);
  return path;
}

async function provision(folder: string): Promise<void> {
  const empty = join(folder, 'empty.conf');
  writeFileSync(empty, `[global]\n\tlog file = ${join(folder, 'provision.log')}\n`);
  await sambaTool([
    ...['domain', 'provision', `--configfile=${empty}`, `--targetdir=${folder}`, '--server-role=dc'],
    ...[`--realm=${domain.realm}`, `--domain=${domain.netbiosName}`, '--host-name=dc1', '--host-ip=127.0.0.1'],
    ...['--dns-backend=NONE', '--use-rfc2307', `--adminpass=${domain.adminPassword}`],
    ...['--option=interfaces=127.0.0.1/8', '--option=bind interfaces only=yes'],
  ]);
  const place = [`--configfile=${join(folder, 'etc/smb.conf')}`, '-H', join(folder, 'private/sam.ldb')];
  for (const [name, password] of [
    ['svc-sync', domain.syncPassword],
    ['svc-read', domain.readPassword],
  ] as const) {
    await sambaTool(['user', 'create', name, password, ...place]);
    await sambaTool(['user', 'setexpiry', name, '--noexpiry', ...place]);
  }
  await sambaTool(['user', 'setexpiry', 'administrator', '--noexpiry', ...place]);
  const shown = await sambaTool(['user', 'show', 'svc-sync', '--attributes=objectSid', ...place]);
  const sid = /^objectSid: (S-[0-9-]+)$/m.exec(shown)?.[1];
  if (sid === undefined) throw new Error(`samba-tool shows no objectSid for svc-sync: ${shown}`);
  const sddl = replicationRights.map((right) => `(OA;;CR;${right};;${sid})`).join('');
  const svcSync = `--trusteedn=CN=svc-sync,CN=Users,${domain.baseDn}`;
  await sambaTool([
    'dsacl',
    'set',
    `--objectdn=${domain.baseDn}`,
    svcSync,
    '--action=allow',
    `--sddl=${sddl}`,
    ...place,
  ]);
  // Settings of the provisioning name its folder; each server writes its own.
  for (const name of ['empty.conf', 'etc', 'provision.log'])
    rmSync(join(folder, name), { recursive: true, force: true });
}

/** MS-ADTS 5.1.3.2.1: DS-Replication-Get-Changes, -Get-Changes-All and -Get-Changes-In-Filtered-Set. */
const replicationRights = [
  '1131f6aa-9c07-11d1-f79f-00c04fc2dcd2',
  '1131f6ad-9c07-11d1-f79f-00c04fc2dcd2',
  '89e95b76-444d-4c62-991a-0facbeda640c',
];

/** Without fsync provisioning takes a third of the time; a machine that dies meanwhile leaves only a temporary folder. */
function sambaTool(args: readonly string[]): Promise<string> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TDB_NO_FSYNC: '1' };
  return run({ command: '/usr/bin/samba-tool', args, env }, { timeoutMs: provisionTimeoutMs });
}

async function keep(folder: string, kept: string): Promise<void> {
  const temporary = `${kept}.${process.pid}`;
  try {
    mkdirSync(dirname(kept), { recursive: true });
    await copyFolder(folder, temporary);
    rmSync(kept, { recursive: true, force: true });
    renameSync(temporary, kept);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // The copy only saves time. A read-only checkout or a run that was faster must not fail the tests.
    process.stderr.write(`the Samba domain was not kept for the next run: ${String(error)}\n`);
  }
}

function isFresh(kept: string): boolean {
  const ageMs = existsSync(kept) ? Date.now() - statSync(kept).birthtimeMs : Number.POSITIVE_INFINITY;
  return ageMs < cacheLifetimeMs;
}

/** By `cp`, which keeps modes, attributes and holes. */
async function copyFolder(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  await run({ command: 'cp', args: ['-a', '--reflink=auto', `${from}/.`, to] });
}

async function recipeDigest(): Promise<string> {
  const version = await run({ command: '/usr/sbin/samba', args: ['--version'] });
  const recipe = readFileSync(import.meta.filename);
  return createHash('sha256').update(version).update(recipe).digest('hex').slice(0, 16);
}
