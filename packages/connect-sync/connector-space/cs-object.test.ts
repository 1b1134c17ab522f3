import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CsObjectFacts, csObjectXml } from './cs-object.ts';
import { encodeHologram } from './hologram.ts';
import type { ConnectorId, CsId, CsRow, MvId } from './store.ts';

const row: CsRow = {
  ...{ id: 7 as CsId, connector: 1 as ConnectorId, anchor: 'User_1', dn: 'CN={41}', type: 'user', isTransient: false },
  hologram: encodeHologram(
    new Map([
      ['title', ['Clerk']],
      ['mail', ['a@x.example']],
    ]),
  ),
  ...{ pendingImport: 'none', synchronized: null, mv: 3 as MvId, link: 'provisioned' },
  desired: encodeHologram(
    new Map<string, readonly (string | boolean)[]>([
      ['title', ['Chief\u0000 & <co>']],
      ['accountEnabled', [true]],
    ]),
  ),
  ...{
    unconfirmed: null,
    pendingExport: 'update',
    referenceSources: null,
    referenceAttributes: [],
    fault: null,
    guard: null,
    kept: null,
  },
};
const facts = (more: Partial<CsRow> = {}): CsObjectFacts => ({
  row: { ...row, ...more },
  connector: 'Cloud directory',
  metaverseId: '0000-aa',
  references: [
    { attribute: 'member', target: 8 as CsId, state: 'pending-add' },
    { attribute: 'member', target: 9 as CsId, state: 'confirmed' },
  ],
  nameOf: (target) => `CN=${target}`,
});

test('a pending export is a delta beside the object as it shall be and as it is', () => {
  assert.equal(
    csObjectXml(facts(), 100_000),
    `<?xml version="1.0" encoding="UTF-8"?>
<cs-objects>
  <cs-object cs-dn="CN={41}" id="7" object-type="user">
    <unapplied-export>
      <delta operation="update" dn="CN={41}">
        <anchor encoding="base64">VXNlcl8x</anchor>
        <primary-objectclass>user</primary-objectclass>
        <attr name="accountEnabled" operation="add" type="boolean" multivalued="false">
          <value operation="add">true</value>
        </attr>
        <attr name="title" operation="update" type="string" multivalued="false">
          <value operation="delete">Clerk</value>
          <value operation="add">Chief\ufffd &amp; &lt;co&gt;</value>
        </attr>
        <attr name="mail" operation="delete" type="string" multivalued="false">
        </attr>
        <attr name="member" operation="update" type="reference" multivalued="true">
          <value operation="add">CN=8</value>
        </attr>
      </delta>
    </unapplied-export>
    <synchronized-hologram>
      <entry dn="CN={41}">
        <anchor encoding="base64">VXNlcl8x</anchor>
        <primary-objectclass>user</primary-objectclass>
        <attr name="mail" type="string" multivalued="false">
          <value>a@x.example</value>
        </attr>
        <attr name="title" type="string" multivalued="false">
          <value>Clerk</value>
        </attr>
        <attr name="member" type="reference" multivalued="true">
          <value>CN=9</value>
        </attr>
      </entry>
    </synchronized-hologram>
    <unapplied-export-hologram>
      <entry dn="CN={41}">
        <anchor encoding="base64">VXNlcl8x</anchor>
        <primary-objectclass>user</primary-objectclass>
        <attr name="accountEnabled" type="boolean" multivalued="false">
          <value>true</value>
        </attr>
        <attr name="title" type="string" multivalued="false">
          <value>Chief\ufffd &amp; &lt;co&gt;</value>
        </attr>
        <attr name="member" type="reference" multivalued="true">
          <value>CN=8</value>
          <value>CN=9</value>
        </attr>
      </entry>
    </unapplied-export-hologram>
    <ma-name>Cloud directory</ma-name>
    <mv-link lineage-type="provisioned">{0000-AA}</mv-link>
    <transient>0</transient>
  </cs-object>
</cs-objects>
`,
  );
});

test('a delete is a delta without attributes', () => {
  const xml = csObjectXml(facts({ pendingExport: 'delete', desired: null }), 100_000);
  assert.match(
    xml,
    /<delta operation="delete" dn="CN=\{41\}">\s*<anchor encoding="base64">VXNlcl8x<\/anchor>\s*<\/delta>/,
  );
});

test('an object that is too large is cut at an attribute, says so, and stays well-formed', () => {
  const values = Array.from({ length: 3_000 }, (_, n) => `value ${n}`);
  const xml = csObjectXml(
    facts({
      hologram: encodeHologram(
        new Map([
          ['a', ['x']],
          ['b', values],
          ['c', ['y']],
        ]),
      ),
    }),
    8_000,
  );
  assert.ok(xml.length <= 8_000);
  assert.match(xml, /cut here/);
  const open: string[] = [];
  for (const [, slash, name] of xml.matchAll(/<(\/?)([a-z-]+)[^>]*>/g)) {
    if (slash === '') open.push(name!);
    else assert.equal(open.pop(), name);
  }
  assert.deepEqual(open, []);
});
