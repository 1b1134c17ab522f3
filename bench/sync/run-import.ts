/**
 * One process of the bench `import`: everything that an OpenLDAP server holds into the connector space, durable, and once
 * more. Prints what it took as JSON: `run-import.ts FOLDER URL BASE BIND-DN PASSWORD`.
 */
import { join } from 'node:path';
import { Counters } from '@springline/connect-sync/run-profile/engine';
import { DirectoryImport } from '@springline/connect-sync/run-profile/import-directory';
import { genericLdapSource } from '@springline/directory/ldap/sources/generic/generic-source';
import { openLdapSource } from '@springline/directory/ldap/sources/openldap/openldap-source';
import { EngineOnFile, everything, taken } from './engine-on-file.ts';

const [folder = '', url = '', baseDn = '', dn = '', password = ''] = process.argv.slice(2);
const bench = new EngineOnFile(join(folder, 'state.db'), 'openldap', baseDn);
const { engine, directory, store } = bench;
const endpoint = { urls: [url], bind: { kind: 'simple' as const, dn, password }, limits: { messageBytes: 256 << 20 } };
const attributes = engine.rules.attributesRead(directory.name);

async function importAll(source: ReturnType<typeof openLdapSource>): Promise<void> {
  const run = new DirectoryImport(engine, directory, everything, new Counters(), 'full');
  const end = await source.read({ cookie: undefined, attributes }, run, new AbortController().signal);
  const { result, detail = '' } = run.finish(end);
  if (result !== 'success') throw new Error(`${result} ${detail}`);
}

const written = (): number => store.count('SELECT total_changes() AS n');
const first = await taken(() => importAll(openLdapSource({ endpoint, baseDn })));
const rows = store.countImported(directory.connector);
const before = written();
const unchanged = await taken(() => importAll(openLdapSource({ endpoint, baseDn })));
const rowsWritten = written() - before;
const paged = await taken(() => importAll(genericLdapSource({ endpoint, baseDn })));
store.close();
process.stdout.write(`${JSON.stringify({ first, unchanged, paged, rows, rowsWritten })}\n`);
