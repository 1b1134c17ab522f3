import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bytesOf, textOf } from '@springline/directory/entry';
import { decodeEntry } from '@springline/directory/ldap/decode-entry';
import { guidFromBytes } from '@springline/directory/schema';
import type { ImportSink } from '@springline/directory/source';
import { requireService } from '@springline/tools/services/catalogue';
import { type LdapPlace, openLdapSource, readOneOf } from './open-source.ts';

const { signal } = new AbortController();

/** Names of what a place holds, with their identifiers as people write them. */
async function readNames(place: LdapPlace): Promise<Map<string, string>> {
  const { source } = await openLdapSource(place, undefined, signal);
  const names = new Map<string, string>();
  const refuse = (): never => assert.fail('a first read tells entries only');
  const sink: ImportSink = {
    entry(raw) {
      const entry = decodeEntry(raw);
      const guid = bytesOf(entry, 'objectGUID');
      names.set(entry.dn.split(',')[0]!.toLowerCase(), guid ? guidFromBytes(guid) : textOf(entry, 'entryUUID')!);
    },
    changes: refuse,
    gone: refuse,
    present: refuse,
    page: () => {},
  };
  await source.read({ cookie: undefined, attributes: new Set(['cn']) }, sink, signal);
  return names;
}

for (const name of ['openldap', 'samba-ad'] as const) {
  test(`${name} is opened as what it is, with containers by their identifiers and with a filter`, async (t) => {
    const server = await requireService(t, name);
    if (server === undefined) return;
    const base = await server.subtree('agent-open-source');
    const unit = (dn: string): string => `dn: ${dn}\nobjectClass: organizationalUnit\n\n`;
    await server.apply([`ou=a,${base}`, `ou=b,${base}`, `ou=c,ou=a,${base}`].map(unit).join(''));
    const bind = { kind: 'simple' as const, dn: server.syncDn, password: server.syncPassword };
    const endpoint = { urls: [server.ldapsUrl], caPem: readFileSync(server.caFile, 'utf8'), bind };
    const all = await readNames({ endpoint, baseDn: base });
    assert.deepEqual([...all.keys()].sort(), ['ou=a', 'ou=agent-open-source', 'ou=b', 'ou=c']);
    const chosen = { endpoint, baseDn: base, include: [all.get('ou=a')!], exclude: [all.get('ou=c')!] };
    assert.deepEqual([...(await readNames(chosen)).keys()], ['ou=a']);
    assert.deepEqual([...(await readNames({ endpoint, baseDn: base, filter: '(ou=b)' })).keys()], ['ou=b']);
    await assert.rejects(readNames({ ...chosen, include: ['ou=a'] }), { code: 'guid-invalid' });
  });
}

for (const name of ['openldap', 'samba-ad'] as const) {
  test(`one object of ${name} is read with the anchor of the source, and only where containers and filter take it in`, async (t) => {
    const server = await requireService(t, name);
    if (server === undefined) return;
    const base = await server.subtree('agent-read-one');
    const unit = (dn: string): string => `dn: ${dn}\nobjectClass: organizationalUnit\n\n`;
    await server.apply(
      [`ou=a,${base}`, `ou=b,${base}`, `ou=c,ou=a,${base}`, `ou=d,ou=c,ou=a,${base}`].map(unit).join(''),
    );
    const bind = { kind: 'simple' as const, dn: server.syncDn, password: server.syncPassword };
    const endpoint = { urls: [server.ldapsUrl], caPem: readFileSync(server.caFile, 'utf8'), bind };
    const whole = { endpoint, baseDn: base };
    const request = { cookie: undefined, attributes: new Set(['ou']) };
    const anchors = new Map<string, Uint8Array | undefined>();
    const nothing = (): void => undefined;
    const { source } = await openLdapSource(whole, undefined, signal);
    const entry: ImportSink['entry'] = (raw, anchor) => void anchors.set(decodeEntry(raw).dn.toLowerCase(), anchor);
    await source.read(request, { entry, changes: nothing, gone: nothing, present: nothing, page: nothing }, signal);
    const one = async (place: LdapPlace, dn: string): Promise<unknown> => {
      let found: unknown;
      const take = (_: unknown, anchor: Uint8Array): void => {
        found = Buffer.from(anchor);
      };
      const end = await readOneOf(place, dn, request, take, signal);
      return found ?? end;
    };
    const anchorOf = (dn: string): Buffer => Buffer.from(anchors.get(dn.toLowerCase())!);
    assert.deepEqual(await one(whole, `ou=b,${base}`), anchorOf(`ou=b,${base}`));
    const ids = await readNames(whole);
    const chosen = { ...whole, include: [ids.get('ou=a')!], exclude: [ids.get('ou=c')!] };
    assert.deepEqual(await one(chosen, `ou=a,${base}`), anchorOf(`ou=a,${base}`));
    assert.equal(await one(chosen, `ou=b,${base}`), 'out-of-scope');
    assert.equal(await one(chosen, `ou=d,ou=c,ou=a,${base}`), 'out-of-scope');
    assert.equal(await one({ ...whole, filter: '(ou=a)' }, `ou=b,${base}`), 'out-of-scope');
    assert.equal(await one(whole, `ou=x,${base}`), 'not-there');
  });
}
