/** What a server says of itself (RFC 4512 5.1, MS-ADTS 3.1.1.3.2). */
import { attributeId } from '../../attribute-list/names.ts';
import type { LdapConnection } from '../connection.ts';
import { EntryView } from './entry-view.ts';
import { everyEntry } from './ldap-source.ts';

/** The values of the asked attributes, by the names that were asked for; none where the server has none. @throws {LdapError} */
export async function readRootDse<Name extends string>(
  connection: LdapConnection,
  names: readonly Name[],
  signal: AbortSignal,
): Promise<Readonly<Record<Name, readonly string[]>>> {
  const values = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, readonly string[]>;
  const view = new EntryView();
  await connection.search(
    { baseDn: '', scope: 'base', filter: everyEntry, attributes: names },
    {
      entry(raw) {
        view.load(raw);
        for (const name of names) values[name] = view.texts(attributeId(name));
      },
    },
    signal,
  );
  return values;
}
