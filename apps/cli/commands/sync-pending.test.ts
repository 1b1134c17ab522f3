import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anchor, group, user } from '@springline/agent/testing/sync-bench';
import { answeringAgent } from '../testing/answering-agent.ts';

test('what waits is told with its rules, by kind, and as CSV that no spreadsheet takes for a formula', async (t) => {
  const { sync, context } = await answeringAgent(t);
  const { bench } = context;
  bench.put(user(1), user(2), group(10, [user(1).dn]));
  await bench.cycle();
  bench.isStaging = true;
  bench.put(user(1, { title: '=HYPERLINK("x")' }), user(3), group(10, [user(1).dn, user(2).dn]));
  bench.drop(user(2).dn);
  await bench.cycle();
  const { code, output } = await sync('pending');
  assert.equal(code, 0);
  assert.match(output, /update user User 1 \(.*\)\n {2}title: \(none\) -> =HYPERLINK\("x"\)\n {2}by Out to cloud/);
  assert.match(output, /add user User 3/);
  assert.match(output, /delete user User 2/);
  const deletes = JSON.parse((await sync('pending', '--kind', 'delete', '--json')).output) as {
    total: number;
    items: { sourceAnchor: string }[];
  };
  assert.deepEqual([deletes.total, deletes.items[0]?.sourceAnchor], [1, anchor(2)]);
  const csv = (await sync('pending', '--csv')).output;
  assert.match(csv, /^operation,objectType,name,sourceAnchor,held,attribute,/);
  assert.match(csv, /,title,,"'=HYPERLINK\(""x""\)",/);
  assert.equal((await sync('pending', '--csv', '--json')).code, 2);
  assert.equal((await sync('pending', '--kind', 'rename')).code, 2);
});

test('held deletes are approved and rejected here as under deletes, and only the list that was looked at', async (t) => {
  const { sync, context } = await answeringAgent(t);
  const { bench } = context;
  assert.match((await sync('approve')).errors, /the delete guard holds nothing/);
  bench.put(user(1));
  for (let n = 200; n < 250; n++) bench.put(user(n));
  await bench.cycle();
  for (let n = 200; n < 250; n++) bench.drop(user(n).dn);
  await bench.cycle();
  const listed = await sync('deletes');
  const list = /--list ([0-9a-f]+)/.exec(listed.output)?.[1];
  const dry = await sync('approve', '--dry-run');
  assert.deepEqual([dry.code, dry.errors], [0, '']);
  assert.match(dry.output, /^would approve:/);
  assert.equal(Object.keys(bench.cloud.state()).length, 51);
  const changed = await sync('reject', '--list', '0123456789ab');
  assert.equal(changed.code, 1);
  assert.match(changed.errors, /list-changed/);
  assert.match((await sync('approve', '--list', list!)).output, /^approved:/);
  assert.equal(Object.keys(bench.cloud.state()).length, 1);
});
