import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { syncCalls } from '@springline/api/shapes/sync';
import { syncAnswerLimitBytes, syncMethods } from '@springline/api/shapes/sync-methods';
import { anchor, group, guid, user } from '../../testing/sync-bench.ts';
import { answerCall } from './calls.ts';
import { BenchContext } from './views/testing/bench-context.ts';

async function syncedContext(t: TestContext): Promise<BenchContext> {
  const context = new BenchContext(t);
  context.bench.put(
    user(1, { title: '100% sure', department: ' Sales ', manager: user(2).dn }),
    user(2),
    group(10, [user(1).dn, user(2).dn]),
  );
  await context.bench.cycle();
  return context;
}

for (const method of ['', 'nothing', 'search', 'toString', '__proto__', 'constructor', 'hasOwnProperty']) {
  test(`"${method}" is no call`, async (t) => {
    await assert.rejects(answerCall(await syncedContext(t), method, {}), { name: 'CallError', code: 'unknown-call' });
  });
}

for (const [method, parameters] of [
  ['history', { limit: 0 }],
  ['history', { limit: '20' }],
  ['history', { limit: 1.5 }],
  ['pending', { limit: 201 }],
  ['pending', { kind: 'rename' }],
  ['pending', { after: 'x' }],
  ['search.cs', {}],
  ['search.cs', { connector: 'corp', scope: 'subtree' }],
  ['search.cs', { connector: 'corp', text: 'x'.repeat(257) }],
  ['search.mv', { clauses: [{ attribute: 'sn', operator: 'LIKE', value: '' }] }],
  ['search.mv', { clauses: [{ attribute: 'dn', operator: 'ISMEMBEROF', value: 'CN=x' }] }],
  ['cs.object', { id: '../x' }],
  ['explain', { object: '' }],
  ['rules.test', { object: 'x', rule: 'a', expression: 'b' }],
  ['preview', { mode: 'half' }],
  ['preview.get', { plan: '20260101000000-00000000', after: '1.2' }],
  ['deletes.approve', {}],
  ['run', { fast: true }],
] as const) {
  test(`${method} refuses ${JSON.stringify(parameters).slice(0, 60)}`, async (t) => {
    const refused = { name: 'CallError', code: /^(malformed-call|plan-unknown)$/ };
    await assert.rejects(async () => answerCall(await syncedContext(t), method, parameters), refused);
  });
}

test('every call that may be asked is answered in its shape', async (t) => {
  const context = await syncedContext(t);
  context.bench.put(user(3), user(1, { department: 'Sales', manager: user(2).dn }));
  context.bench.isStaging = true;
  await context.bench.cycle();
  const asked = new Set<string>();
  const ask: typeof context.ask = (method, parameters) => {
    asked.add(method);
    return context.ask(method, parameters);
  };
  const { connectors } = await ask('connectors', {});
  assert.deepEqual(
    connectors.map(({ name, objects, pendingExports }) => [name, objects.total, pendingExports]),
    [
      ['corp', 4, 0],
      ['Cloud directory', 3, 2],
    ],
  );
  assert.deepEqual(
    (await ask('history', {})).map(({ number, kind }) => [number, kind]),
    [
      [2, 'manual'],
      [1, 'manual'],
    ],
  );
  assert.deepEqual(
    (await ask('history', { before: 2 })).map(({ number }) => number),
    [1],
  );
  const { total, items } = await ask('pending', {});
  assert.equal(total, 2);
  assert.deepEqual(
    items.map(({ sourceAnchor, operation }) => [sourceAnchor, operation]),
    [
      [anchor(1), 'update'],
      [anchor(3), 'add'],
    ],
  );
  assert.deepEqual(items[0]?.attributes, [{ name: 'title', type: 'string', old: ['100% sure'], new: [] }]);
  const plan = await ask('preview', {});
  assert.deepEqual(plan.totals, { add: 1, update: 1, delete: 0 });
  await ask('preview.get', { plan: plan.plan });
  const rows = await ask('search.cs', { connector: 'corp', text: 'user1' });
  assert.equal(rows.items.length, 1);
  await ask('cs.object', { id: rows.items[0]!.id });
  const found = await ask('search.mv', { text: 'User 1' });
  await ask('mv.object', { id: found.items[0]!.id });
  await ask('explain', { object: user(1).dn, attribute: 'department' });
  await ask('rules', {});
  await ask('rules.test', { object: user(1).dn, expression: 'UCase([department])' });
  const { list } = await ask('deletes.list', {});
  await ask('deletes.approve', { list });
  await ask('deletes.reject', { list });
  await ask('preview.commit', { object: user(1).dn });
  await ask('staging', {});
  await ask('staging.promote', {});
  await ask('staging.demote', {});
  await ask('run', { full: true });
  assert.deepEqual([...asked].sort(), Object.keys(syncMethods).sort());
  assert.deepEqual([...asked].sort(), Object.keys(syncCalls).sort());
});

test('pending exports come page by page, and by kind', async (t) => {
  const context = new BenchContext(t);
  context.bench.isStaging = true;
  for (let n = 1; n <= 7; n++) context.bench.put(user(n));
  await context.bench.cycle();
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await context.ask('pending', { limit: 3, ...(after === undefined ? {} : { after }) });
    assert.equal(page.total, 7);
    assert.ok(page.items.length <= 3);
    seen.push(...page.items.map(({ sourceAnchor }) => sourceAnchor));
    after = page.next;
    if (after === undefined) break;
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7].map(anchor));
  assert.deepEqual(await context.ask('pending', { kind: 'delete' }), { total: 0, items: [] });
  assert.deepEqual(await context.ask('pending', { connector: 'corp' }), { total: 0, items: [] });
  await assert.rejects(context.ask('pending', { connector: 'nobody' }), {
    code: 'connector-unknown',
    message: 'there is no connector “nobody”; there are: corp, Cloud directory',
  });
});

test('a pending export says which rules want it, and whom a group gains and loses', async (t) => {
  const context = await syncedContext(t);
  context.bench.put(user(1, { title: 'Engineer', department: 'Sales' }), user(3), group(10, [user(1).dn, user(3).dn]));
  context.bench.isStaging = true;
  await context.bench.cycle();
  const { items } = await context.ask('pending', {});
  const [changed] = items.filter(({ sourceAnchor }) => sourceAnchor === anchor(1));
  assert.deepEqual(
    changed?.attributes.map(({ name, old, new: wanted }) => [name, old, wanted]),
    [['title', ['100% sure'], ['Engineer']]],
  );
  assert.ok(changed!.why.length > 0);
  const [members] = items.filter(({ sourceAnchor }) => sourceAnchor === anchor(10));
  assert.deepEqual(members?.references, [
    { attribute: 'member', added: [user(3).dn], removed: [user(2).dn], addedCount: 1, removedCount: 1 },
  ]);
});

test('an object is found by DN in any spelling, anchor, GUID, source anchor, and by the ids that answers give', async (t) => {
  const context = await syncedContext(t);
  const [row] = (await context.ask('search.cs', { connector: 'corp', dn: user(1).dn })).items;
  assert.equal(row?.anchor, '00000000-0000-0000-0000-000000000001');
  assert.equal(row.displayName, 'User 1');
  const names = [
    'cn=USER1, ou=staff,dc=corp,dc=example',
    anchor(1),
    Buffer.from(guid(1)).toString('hex'),
    row.anchor,
    `{${row.anchor}}`,
    row.id,
    row.metaverseId!,
  ];
  for (const object of names) {
    const { object: found } = await context.ask('explain', { object, attribute: 'title' });
    assert.equal(found.displayName, 'User 1', object);
  }
  for (const object of ['nobody', 'CN=nobody', 'CN=,,', '999', anchor(77)]) {
    await assert.rejects(context.ask('explain', { object, attribute: 'title' }), { code: 'object-unknown' });
  }
});

test('a connector space is searched by what waits, by subtree and by text', async (t) => {
  const context = await syncedContext(t);
  const { bench } = context;
  bench.put(user(4, { adminDescription: 'User_42' }));
  await bench.cycle();
  const search = async (words: object): Promise<(string | undefined)[]> =>
    (await context.ask('search.cs', { connector: 'corp', ...words })).items.map(({ dn }) => /^CN=(\w+)/.exec(dn)?.[1]);
  assert.deepEqual(await search({ scope: 'disconnected' }), ['user4']);
  assert.deepEqual(await search({ scope: 'subtree', dn: 'ou=groups,dc=corp,dc=example' }), ['group10']);
  assert.deepEqual(await search({ scope: 'pending-import' }), []);
  assert.deepEqual(await search({ scope: 'error' }), []);
  assert.deepEqual(await search({ scope: 'transient' }), []);
  assert.deepEqual(await search({ text: 'USER' }), ['user1', 'user2', 'user4']);
  assert.deepEqual(await search({ text: 'user', scope: 'disconnected' }), ['user4']);
  const { items } = await context.ask('search.cs', { connector: 'Cloud directory', text: '100% SURE' });
  assert.deepEqual(
    items.map(({ displayName }) => displayName),
    ['User 1'],
  );
});

test('the metaverse is searched by text, by clauses and by type', async (t) => {
  const context = await syncedContext(t);
  const search = async (words: object): Promise<string[]> =>
    (await context.ask('search.mv', words)).items.map(({ displayName }) => displayName);
  assert.deepEqual(await search({ text: '100% SURE' }), ['User 1']);
  assert.deepEqual(await search({ clauses: [{ attribute: 'title', operator: 'ISNOTNULL', value: '' }] }), ['User 1']);
  assert.deepEqual(await search({ type: 'group' }), ['group10']);
  assert.deepEqual(await search({ text: 'user', limit: 1 }), ['User 1']);
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await context.ask('search.mv', { text: 'user', limit: 1, ...(after === undefined ? {} : { after }) });
    seen.push(...page.items.map(({ displayName }) => displayName));
    after = page.next;
    if (after === undefined) break;
  }
  assert.deepEqual(seen, ['User 1', 'User 2']);
  const [first] = (await context.ask('search.mv', { text: '100%' })).items;
  assert.deepEqual(first?.connectors, ['corp', 'Cloud directory']);
  const { attributes, links } = await context.ask('mv.object', { id: first.id });
  const title = attributes.find(({ name }) => name === 'title');
  assert.deepEqual({ values: title?.values, from: title?.from }, { values: ['100% sure'], from: user(1).dn });
  assert.match(title?.rule ?? '', /^In from AD/);
  assert.deepEqual(attributes.find(({ name }) => name === 'manager')?.values, [user(2).dn]);
  assert.equal(links.length, 2);
});

test('a connector space object shows what was, what an import brought, what is wanted and what was sent', async (t) => {
  const context = await syncedContext(t);
  const cloudRow = async (): Promise<string> =>
    (await context.ask('search.cs', { connector: 'Cloud directory', anchor: anchor(1) })).items[0]!.id;
  context.bench.put(user(1, { title: 'Engineer & <chief>' }));
  context.bench.isStaging = true;
  await context.bench.cycle();
  const {
    unappliedExport,
    synchronized,
    unconfirmedExport,
    references,
    lineage,
    export: xml,
    row,
  } = await context.ask('cs.object', { id: await cloudRow() });
  const titleOf = (attributes: typeof synchronized): readonly string[] | undefined =>
    attributes?.find(({ name }) => name === 'title')?.values;
  assert.deepEqual(titleOf(unappliedExport), ['Engineer & <chief>']);
  assert.deepEqual(titleOf(synchronized), ['100% sure']);
  assert.equal(unconfirmedExport, null);
  assert.equal(row.pendingExport, 'update');
  assert.deepEqual(
    references.map(({ attribute, targets }) => [attribute, targets.map(({ dn, state }) => [dn, state])]),
    [['manager', [[user(2).dn, 'to-remove']]]],
  );
  assert.ok(lineage.some(({ action }) => action === 'provision'));
  assert.match(xml, /<cs-object cs-dn="CN=\{[0-9A-F]+\}" id="\d+" object-type="user">/);
  assert.match(xml, /<unapplied-export>\s*<delta operation="update" dn="CN=/);
  assert.match(xml, /<attr name="title" operation="update" type="string" multivalued="false">/);
  assert.match(
    xml,
    /<value operation="delete">100% sure<\/value>\s*<value operation="add">Engineer &amp; &lt;chief&gt;/,
  );
});

test('where the guard holds nothing, approving and rejecting decide nothing and run no cycle', async (t) => {
  const context = await syncedContext(t);
  const { list, held } = await context.ask('deletes.list', {});
  assert.deepEqual(held, []);
  assert.deepEqual(await context.ask('deletes.approve', { list }), { decided: 0, decision: 'approved' });
  assert.deepEqual(await context.ask('deletes.reject', { list }), { decided: 0, decision: 'rejected' });
  assert.deepEqual(context.runs, []);
});

test('an object that waits for a decision is listed by name and anchor, and approving runs the cycle that deletes it', async (t) => {
  const context = await syncedContext(t);
  const { bench, runs } = context;
  for (let n = 200; n < 250; n++) bench.put(user(n));
  await bench.cycle();
  for (let n = 200; n < 250; n++) bench.drop(user(n).dn);
  await bench.cycle();
  const { list, held, total, next } = await context.ask('deletes.list', { limit: 30 });
  assert.deepEqual([held.length, total, next], [30, 50, '30']);
  assert.equal((await context.ask('deletes.list', { limit: 30, after: '30' })).held.length, 20);
  assert.ok((await context.ask('pending', { kind: 'delete' })).items.every((item) => item.held));
  for (const { kind, sourceAnchor } of held) {
    assert.equal(kind, 'object');
    assert.ok(Object.hasOwn(bench.cloud.state(), sourceAnchor));
  }
  await assert.rejects(context.ask('deletes.approve', { list: '0123456789ab' }), { code: 'list-changed' });
  assert.deepEqual(await context.ask('deletes.approve', { list }), { decided: 50, decision: 'approved' });
  assert.deepEqual(runs, [{ full: false }]);
  assert.deepEqual(Object.keys(bench.cloud.state()).sort(), [anchor(1), anchor(2), anchor(10)].sort());
});

test('an expression and a rule are tried on an object as it is', async (t) => {
  const context = await syncedContext(t);
  const object = user(1).dn;
  const value = async (expression: string): Promise<unknown> =>
    (await context.ask('rules.test', { object, expression })).result;
  assert.deepEqual(await value('UCase(Trim([department]))'), { kind: 'value', type: 'string', values: ['SALES'] });
  assert.deepEqual(await value('[mail]'), { kind: 'null' });
  assert.deepEqual(await value('AuthoritativeNull'), { kind: 'authoritative-null' });
  assert.deepEqual(await value('IgnoreThisFlow'), { kind: 'ignore-this-flow' });
  assert.equal(((await value('UCase(')) as { phase?: string }).phase, 'parse');
  assert.equal(((await value('CNum([department])')) as { phase?: string }).phase, 'runtime');
  const { rule } = await context.ask('rules.test', { object, rule: 'In from AD - User Join' });
  assert.equal(rule?.inScope, true);
  assert.ok(rule.scope.flat().length > 0);
  const out = await context.ask('rules.test', { object, rule: 'Out to cloud - User Join' });
  assert.equal(out.rule?.inScope, true);
  await assert.rejects(context.ask('rules.test', { object, rule: 'nobody' }), { code: 'rule-unknown' });
});

test('a secret that is in the store all the same is in no answer about the object', async (t) => {
  const text = `rules:
  - name: In from AD - Secrets
    precedence: 50
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    flows:
      - { target: department, expression: 'Left([userPassword], 2)' }
`;
  const context = new BenchContext(t, { rules: [{ name: 'own.yaml', text }] });
  context.bench.put(user(1, { userPassword: 'swordfish' }));
  await context.bench.cycle();
  const object = user(1).dn;
  const [found] = (await context.ask('search.cs', { connector: 'corp', anchor: anchor(1) })).items;
  const shown = JSON.stringify(await context.ask('cs.object', { id: found!.id }));
  assert.match(shown, /User 1/);
  assert.doesNotMatch(shown, /swordfish|userPassword/);
  const { result } = await context.ask('rules.test', { object, expression: '[userPassword]' });
  assert.deepEqual(result, { kind: 'null' });
  const tried = await context.ask('rules.test', { object, rule: 'In from AD - Secrets' });
  assert.deepEqual(tried.rule?.flows[0]?.result, { kind: 'value', type: 'string', values: [''] });
});

test('an answer holds what it may and no more, however large the objects, and says how much there is', async (t) => {
  const context = new BenchContext(t);
  const { bench } = context;
  bench.isStaging = true;
  const many = Array.from({ length: 150 }, (_, n) => `SMTP:${n}.${'x'.repeat(9_000)}@corp.example`);
  const members = Array.from({ length: 300 }, (_, n) => user(1_000 + n));
  bench.put(...members, ...[1, 2, 3].map((n) => user(n, { otherHomePhone: many, proxyAddresses: many })));
  bench.put(
    group(
      10,
      members.map(({ dn }) => dn),
    ),
  );
  await bench.cycle();
  const [row] = (await context.ask('search.cs', { connector: 'corp', dn: user(1).dn })).items;
  const object = await context.ask('cs.object', { id: row!.id });
  const phones = object.synchronized?.find(({ name }) => name === 'proxyAddresses');
  assert.equal(phones?.count, 150);
  assert.ok(phones.values.length <= 100 && phones.values.every((value) => value.length <= 4_097));
  assert.ok(phones.values[0]!.endsWith('…'));
  assert.ok(object.export.length <= 512 * 1024);
  const [team] = (await context.ask('search.mv', { type: 'group' })).items;
  const member = (await context.ask('mv.object', { id: team!.id })).attributes.find(({ name }) => name === 'member');
  assert.deepEqual([member?.count, member?.values.length], [300, 100]);
  const seen = new Set<string>();
  for (let after: string | undefined; ; ) {
    const page = await context.ask('pending', { limit: 200, ...(after === undefined ? {} : { after }) });
    assert.ok(Buffer.byteLength(JSON.stringify(page)) < syncAnswerLimitBytes);
    for (const { sourceAnchor } of page.items) seen.add(sourceAnchor);
    after = page.next;
    if (after === undefined) break;
  }
  assert.equal(seen.size, 304);
  const plan = await context.ask('preview', { limit: 200 });
  assert.ok(Buffer.byteLength(JSON.stringify(plan)) < syncAnswerLimitBytes);
  assert.equal(plan.totals.add, 304);
});
