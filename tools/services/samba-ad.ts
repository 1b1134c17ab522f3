/**
 * A private Active Directory domain controller (Debian's Samba) with a forest of its own, for tests.
 *
 * Its protocols have fixed ports (RFC 4120, MS-ADTS), so each run takes a loopback address of its own instead of ports.
 * Making a domain takes many seconds; a machine makes one and each run starts from a copy. The copy holds accounts and
 * keys, never addresses, paths or certificates: those are written anew for every run.
 */
import { mkdirSync } from 'node:fs';
import { makeCertificates } from './certificates.ts';
import { type SambaAdFacts, ServiceUnavailable } from './facts.ts';
import { isFree } from './free-port.ts';
import { bindProbe, ldapToolsNeed } from './ldap-tools.ts';
import { ensurePackages } from './packages.ts';
import { type ProcessGroup, startGroup } from './process-group.ts';
import { copyOfDomain, domain, writeSambaConfiguration } from './samba-domain.ts';
import { writePasswordFile } from './secret-files.ts';
import { type RunningService, startServer } from './server-start.ts';

/** Installs Samba where missing and starts a domain controller with its files in `folder`. Returns once it answers. */
export async function startSambaAd(folder: string): Promise<RunningService<SambaAdFacts>> {
  if (process.getuid?.() !== 0) throw new ServiceUnavailable('Samba AD listens on ports below 1024, which needs root');
  await ensurePackages([
    { name: 'samba', file: '/usr/sbin/samba' },
    { name: 'samba-ad-provision', file: '/usr/share/samba/setup/ad-schema' },
    { name: 'samba-dsdb-modules', file: '/usr/lib/*/samba/ldb/samba_dsdb.so' },
    { name: 'samba-vfs-modules', file: '/usr/lib/*/samba/vfs/acl_xattr.so' },
    { name: 'python3-samba', file: '/usr/lib/python3/dist-packages/samba/__init__.py' },
    ldapToolsNeed,
    { name: 'openssl', file: '/usr/bin/openssl' },
  ]);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await copyOfDomain(folder);
  return startServer(async () => {
    const host = await freeLoopbackAddress();
    const certificate = await makeCertificates(folder, [`DNS:${domain.dcName}`, 'DNS:localhost', `IP:${host}`]);
    const facts = factsOf(folder, host, certificate.caFile);
    return { facts, group: startSamba(writeSambaConfiguration(folder, host, certificate)), probe: bindProbe(facts) };
  }, 'SIGTERM');
}

/** It ends by itself when its standard input closes, which is when we are gone. */
function startSamba(configuration: string): ProcessGroup {
  const args = [`--configfile=${configuration}`, '--foreground', '--debug-stdout', '--model=single'];
  return startGroup({
    command: '/usr/sbin/samba',
    args,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TDB_NO_FSYNC: '1' },
  });
}

/** An address of 127.77.0.0/16 by our pid, so that runs at the same time do not look at the same one first. */
async function freeLoopbackAddress(): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const number = process.pid + attempt * 251;
    const host = `127.77.${Math.floor(number / 254) % 256}.${(number % 254) + 1}`;
    if ((await isFree(host, 389)) && (await isFree(host, 636)) && (await isFree(host, 135))) return host;
  }
  throw new Error('no free loopback address for a domain controller among 100 of 127.77.0.0/16');
}

function factsOf(folder: string, host: string, caFile: string): SambaAdFacts {
  return {
    url: `ldap://${host}`,
    ldapsUrl: `ldaps://${host}`,
    caFile,
    host,
    baseDn: domain.baseDn,
    realm: domain.realm,
    domain: domain.netbiosName,
    dcName: domain.dcName,
    adminDn: `CN=Administrator,CN=Users,${domain.baseDn}`,
    adminPassword: domain.adminPassword,
    adminPasswordFile: writePasswordFile(folder, 'admin', domain.adminPassword),
    syncDn: `CN=svc-sync,CN=Users,${domain.baseDn}`,
    syncPassword: domain.syncPassword,
    syncPasswordFile: writePasswordFile(folder, 'sync', domain.syncPassword),
    readDn: `CN=svc-read,CN=Users,${domain.baseDn}`,
    readPassword: domain.readPassword,
    readPasswordFile: writePasswordFile(folder, 'read', domain.readPassword),
  };
}
