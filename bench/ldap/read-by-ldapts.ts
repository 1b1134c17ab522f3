/** The same as `read.ts`, with the npm client as its users use it. */
import { Client } from 'ldapts';

const [url = '', baseDn = '', scope = 'sub', dn = '', password = '', pageSize = '1000'] = process.argv.slice(2);
const client = new Client({ url });
await client.bind(dn, password);
let entries = 0;
let values = 0;
const startedAt = performance.now();
const pages = client.searchPaginated(baseDn, {
  scope: scope === 'base' ? 'base' : 'sub',
  filter: '(objectClass=*)',
  attributes: ['*', '+'],
  timeLimit: 0,
  paged: { pageSize: Number(pageSize) },
});
for await (const { searchEntries } of pages) {
  entries += searchEntries.length;
  for (const entry of searchEntries) {
    for (const found of Object.values(entry)) values += Array.isArray(found) ? found.length : 1;
  }
}
const seconds = (performance.now() - startedAt) / 1000;
await client.unbind();
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
process.stdout.write(`${JSON.stringify({ entries, values, seconds, cpuSeconds, residentMb: maxRSS / 1024 })}\n`);
