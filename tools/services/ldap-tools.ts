/**
 * Directory changes for tests, made by OpenLDAP's own command line tools: an independent client, so that a mistake in our
 * LDAP code cannot hide in the data it is tested with.
 */
import type { DirectoryFacts } from './facts.ts';
import type { PackageNeed } from './packages.ts';
import { type Program, run } from './process-group.ts';

export const ldapToolsNeed: PackageNeed = { name: 'ldap-utils', file: '/usr/bin/ldapmodify' };

/** Carries out LDIF changes (entries without `changetype` are added) as the administrator. Throws at the first refused one. */
export async function applyLdif(server: DirectoryFacts, ldif: string): Promise<void> {
  await run(asAdmin(server, 'ldapmodify', ['-a']), { input: ldif });
}

/**
 * Adds an organizational unit for one test and returns its DN. The name must be new in this run: a test that finds its
 * unit taken shares a name with another one.
 */
export async function addSubtree(server: DirectoryFacts, name: string): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9 -]{0,62}$/.test(name)) throw new Error(`not a plain name for a subtree: ${name}`);
  const dn = `ou=${name},${server.baseDn}`;
  await applyLdif(server, `dn: ${dn}\nobjectClass: organizationalUnit\nou: ${name}\n`);
  return dn;
}

/** Succeeds once the administrator can bind and read the base entry. */
export function bindProbe(server: DirectoryFacts): Program {
  return asAdmin(server, 'ldapsearch', ['-LLL', '-s', 'base', '-b', server.baseDn, '1.1']);
}

function asAdmin(server: DirectoryFacts, command: string, args: readonly string[]): Program {
  const bind = ['-x', '-H', server.ldapsUrl, '-D', server.adminDn, '-y', server.adminPasswordFile];
  return { command, args: [...bind, ...args], env: { PATH: '/usr/bin:/bin', LDAPTLS_CACERT: server.caFile } };
}
