/**
 * Reads a subtree and finds every name and every value in it, as an import does, with our client; prints what it took as
 * JSON. A program of its own, so that its processor time and memory are its own:
 * `read.ts URL BASE SCOPE BIND-DN PASSWORD PAGE-SIZE`.
 */
import { AttributeListReader, locateEntry } from '@springline/directory/attribute-list/attribute-list';
import { LdapConnection } from '@springline/directory/ldap/connection';
import { pagedSearch } from '@springline/directory/ldap/paged-search';

const [url = '', baseDn = '', scope = 'sub', dn = '', password = '', pageSize = '1000'] = process.argv.slice(2);
const { signal } = new AbortController();
const reader = new AttributeListReader();
const places = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };
let values = 0;

using connection = await LdapConnection.open({ urls: [url], bind: { kind: 'simple', dn, password } }, signal);
const startedAt = performance.now();
const { entryCount: entries } = await pagedSearch(
  connection,
  { baseDn, scope: scope === 'base' ? 'base' : 'sub', filter: '(objectClass=*)', attributes: ['*', '+'] },
  Number(pageSize),
  {
    entry({ bytes, start, end }) {
      locateEntry(bytes, start, end, places);
      reader.load(bytes, places.listStart, places.listEnd);
      for (let index = 0; index < reader.count; index++) values += reader.valueCount(index);
    },
  },
  signal,
);
const seconds = (performance.now() - startedAt) / 1000;
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
process.stdout.write(`${JSON.stringify({ entries, values, seconds, cpuSeconds, residentMb: maxRSS / 1024 })}\n`);
