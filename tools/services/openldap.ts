/**
 * A private OpenLDAP server (Debian's slapd) on 127.0.0.1: mdb, RFC 4533 synchronisation provider, TLS, no limits.
 * Its base holds one read account and nothing else; each test adds a subtree of its own.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates, type ServerCertificate } from './certificates.ts';
import type { DirectoryFacts } from './facts.ts';
import { freePort } from './free-port.ts';
import { bindProbe, ldapToolsNeed } from './ldap-tools.ts';
import { ensurePackages } from './packages.ts';
import { type ProcessGroup, run, startGroup } from './process-group.ts';
import { writePasswordFile } from './secret-files.ts';
import { type RunningService, startServer } from './server-start.ts';

const baseDn = 'dc=example,dc=test';
const adminDn = `cn=admin,${baseDn}`;
const syncDn = `uid=svc-sync,ou=Service Accounts,${baseDn}`;
const adminPassword = 'Admin.Passw0rd';
const syncPassword = 'Sync.Passw0rd';
const loadTimeoutMs = 10 * 60_000;

/**
 * Installs slapd where missing and starts it with its files in `folder`, which must be new. Returns once it answers.
 *
 * @param ldifFile entries below the base, loaded before the start: half a million of them take a minute.
 */
export async function startOpenLdap(folder: string, ldifFile?: string): Promise<RunningService<DirectoryFacts>> {
  await ensurePackages([
    { name: 'slapd', file: '/usr/sbin/slapd' },
    ldapToolsNeed,
    { name: 'openssl', file: '/usr/bin/openssl' },
  ]);
  mkdirSync(join(folder, 'db'), { recursive: true, mode: 0o700 });
  const certificate = await makeCertificates(folder, ['DNS:localhost', 'IP:127.0.0.1']);
  const configuration = join(folder, 'slapd.conf');
  writeFileSync(configuration, slapdConfiguration(folder, certificate), { mode: 0o600 });
  await run({ command: '/usr/sbin/slapadd', args: ['-q', '-f', configuration, '-b', baseDn] }, { input: baseLdif });
  if (ldifFile !== undefined) {
    const args = ['-q', '-f', configuration, '-b', baseDn, '-l', ldifFile];
    await run({ command: '/usr/sbin/slapadd', args }, { timeoutMs: loadTimeoutMs });
  }
  return startServer(async () => {
    const facts = await chooseAddresses(folder, certificate);
    return { facts, group: startSlapd(configuration, facts), probe: bindProbe(facts) };
  }, 'SIGTERM');
}

async function chooseAddresses(folder: string, certificate: ServerCertificate): Promise<DirectoryFacts> {
  return {
    url: `ldap://127.0.0.1:${await freePort()}`,
    ldapsUrl: `ldaps://127.0.0.1:${await freePort()}`,
    caFile: certificate.caFile,
    baseDn,
    adminDn,
    adminPassword,
    adminPasswordFile: writePasswordFile(folder, 'admin', adminPassword),
    syncDn,
    syncPassword,
    syncPasswordFile: writePasswordFile(folder, 'sync', syncPassword),
  };
}

/** `-d` keeps slapd in the foreground, and what it has to say comes to us instead of the machine's log. */
function startSlapd(configuration: string, facts: DirectoryFacts): ProcessGroup {
  const listen = `${facts.url}/ ${facts.ldapsUrl}/`;
  return startGroup({ command: '/usr/sbin/slapd', args: ['-f', configuration, '-h', listen, '-d', 'none'] });
}

// `dbnosync` because nothing here outlives the run; the large sparse map lets a benchmark load half a million entries.
function slapdConfiguration(folder: string, certificate: ServerCertificate): string {
  return `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
pidfile ${folder}/slapd.pid
threads 4
sizelimit unlimited
timelimit unlimited
sortvals member
TLSCACertificateFile ${certificate.caFile}
TLSCertificateFile ${certificate.certificateFile}
TLSCertificateKeyFile ${certificate.keyFile}
TLSVerifyClient never

database mdb
suffix "${baseDn}"
rootdn "${adminDn}"
rootpw ${adminPassword}
directory ${folder}/db
maxsize 17179869184
dbnosync
index objectClass,entryUUID,entryCSN,uid,cn,sn,mail,employeeNumber,member eq
access to attrs=userPassword by anonymous auth by * none
access to * by users read by * none
overlay syncprov
syncprov-sessionlog 100000
`;
}

const baseLdif = `dn: ${baseDn}
objectClass: dcObject
objectClass: organization
dc: example
o: Example Corporation

dn: ou=Service Accounts,${baseDn}
objectClass: organizationalUnit
ou: Service Accounts

dn: ${syncDn}
objectClass: account
objectClass: simpleSecurityObject
uid: svc-sync
userPassword: ${syncPassword}
`;
