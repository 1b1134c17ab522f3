import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { anchor, group, user } from '@springline/agent/testing/sync-bench';
import { type AnsweringAgent, answeringAgent } from '../testing/answering-agent.ts';
import { runCli } from '../testing/running-up.ts';

async function syncedAgent(t: TestContext): Promise<AnsweringAgent> {
  const agent = await answeringAgent(t);
  const { bench } = agent.context;
  bench.put(user(1, { department: ' Sales ', title: 'Chief\u001b[2J' }), user(2), group(10, [user(1).dn, user(2).dn]));
  await bench.cycle();
  return agent;
}

test('connectors are told with what they hold', async (t) => {
  const { sync } = await syncedAgent(t);
  const { code, output, errors } = await sync('connectors');
  assert.deepEqual([code, errors], [0, '']);
  assert.match(output, /^CONNECTOR +KIND +STATE +OBJECTS/);
  assert.match(output, /corp +active-directory +idle +3 +0 +0/);
  assert.match(output, /Cloud directory +cloud +idle +3/);
});

test('a text search shows each value with its rule, and what the terminal would obey is taken out', async (t) => {
  const { sync } = await syncedAgent(t);
  const { code, output } = await sync('search', 'User 1');
  assert.equal(code, 0);
  assert.match(output, /department +Sales +In from AD - User Common +corp/);
  assert.match(output, /title +Chief/);
  assert.ok(!output.includes('\u001b'));
  const nothing = await sync('search', 'nobody-is-called-this');
  assert.deepEqual([nothing.code, nothing.output], [1, 'nothing holds nobody-is-called-this\n']);
});

test('connector spaces and the metaverse are searched by scope, DN and clauses', async (t) => {
  const { sync } = await syncedAgent(t);
  const rows = JSON.parse((await sync('search', 'cs', 'user', '--json')).output) as { dn: string }[];
  assert.deepEqual(
    rows.map(({ dn }) => dn),
    [user(1).dn, user(2).dn],
  );
  assert.match(
    (await sync('search', 'cs', '--scope', 'subtree', '--dn', 'OU=Groups,DC=corp,DC=example')).output,
    /group10/,
  );
  const none = await sync('search', 'cs', '--scope', 'error');
  assert.deepEqual([none.code, none.output], [1, 'nothing was found\n']);
  const found = await sync('search', 'mv', '--where', 'department', 'equal', 'Sales', '--type', 'person');
  assert.deepEqual([found.code, found.errors], [0, '']);
  assert.match(found.output, /person +User 1 +corp, Cloud directory/);
  assert.equal((await sync('search', 'mv', '--where', 'department', 'LIKE', 'Sales')).code, 2);
});

test('one object is shown whole, by DN, by source anchor and by id, and as cs-object XML', async (t) => {
  const { sync } = await syncedAgent(t);
  const { code, output } = await sync('object', user(1).dn);
  assert.equal(code, 0);
  assert.match(output, /^user CN=user1,/);
  assert.match(output, /linked +projected to [0-9a-f-]{36}/);
  const [row] = JSON.parse((await sync('search', 'cs', 'user1', '--json')).output) as {
    id: string;
    metaverseId: string;
  }[];
  for (const name of [anchor(1), row!.id]) {
    assert.match((await sync('object', name)).output, /^user CN=user1,/, name);
  }
  assert.match((await sync('object', row!.metaverseId)).output, /^person /);
  const xml = await sync('object', row!.id, '--xml');
  assert.match(xml.output, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<cs-objects>\n {2}<cs-object cs-dn="CN=user1,/);
  const unknown = await sync('object', 'CN=nobody,DC=corp,DC=example');
  assert.equal(unknown.code, 1);
  assert.match(unknown.errors, /nothing has the DN, anchor or id CN=nobody/);
});

test('why an attribute is as it is, in words', async (t) => {
  const { sync } = await syncedAgent(t);
  const { code, output } = await sync('explain', user(1).dn, 'department');
  assert.equal(code, 0);
  assert.match(
    output,
    /^department of person User 1\nvalue +Sales\ngiven by +In from AD - User Common \(precedence \d+\), since 2026-/,
  );
  assert.match(output, /GOES TO +AS +BY/);
  const refused = await sync('explain', 'CN=nobody,DC=corp', 'department');
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /object-unknown/);
});

for (const words of [
  ['connectors'],
  ['search', 'ada'],
  ['pending'],
  ['preview'],
  ['explain', 'a', 'b'],
  ['object', '1'],
]) {
  test(`sync ${words[0]} says how to start the agent when none runs`, async () => {
    const { code, errors } = await runCli(['sync', ...words, '--home', '/nowhere/at/all']);
    assert.equal(code, 1);
    assert.match(errors, /no agent runs in \/nowhere\/at\/all\. Start it: npx springline/);
  });
}
