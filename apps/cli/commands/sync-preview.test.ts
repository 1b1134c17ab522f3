import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { user } from '@springline/agent/testing/sync-bench';
import { answeringAgent } from '../testing/answering-agent.ts';

const own = `rules:
  - name: In from AD - Own
    precedence: 50
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    flows:
      - { target: department, expression: '"<b>" & [cn]' }
`;

test('rules are tried before they hold, the plan is written in three forms, and two plans are compared', async (t) => {
  const { sync, context, home } = await answeringAgent(t);
  context.bench.put(user(1), user(2));
  await context.bench.cycle();
  const rules = join(home, 'own.yaml');
  writeFileSync(rules, own);
  const before = JSON.stringify(context.bench.cloud.state());
  const nothing = await sync('preview');
  assert.deepEqual([nothing.code, nothing.errors], [0, '']);
  const first = /^plan (\S+): 0 to add, 0 to update, 0 to delete/.exec(nothing.output)?.[1];
  context.bench.clock.advance(1_000);
  const page = join(home, 'plan.html');
  const tried = await sync('preview', '--rules', rules, '--export', page);
  assert.deepEqual([tried.code, tried.errors], [0, '']);
  const second = /^plan (\S+): 0 to add, 2 to update, 0 to delete/.exec(tried.output)?.[1];
  assert.equal(JSON.stringify(context.bench.cloud.state()), before);
  const html = readFileSync(page, 'utf8');
  assert.match(html, /<ins>&lt;b&gt;user1<\/ins>/);
  assert.doesNotMatch(html, /<b>|<script|https?:/);
  assert.equal((await sync('preview', 'show', second!, '--export', join(home, 'plan.csv'))).code, 0);
  assert.match(readFileSync(join(home, 'plan.csv'), 'utf8'), /update,user,User 1,.*,department,,<b>user1,/);
  assert.equal((await sync('preview', 'show', second!, '--export', join(home, 'plan.json'))).code, 0);
  assert.equal((JSON.parse(readFileSync(join(home, 'plan.json'), 'utf8')) as { plan: string }).plan, second);
  assert.equal((await sync('preview', 'show', second!, '--export', page)).code, 1);
  assert.equal((await sync('preview', '--export', 'plan.doc')).code, 2);
  const diff = await sync('preview', 'diff', first!, second!);
  assert.equal(diff.code, 1);
  assert.match(diff.output, /only in the second: update user User 1/);
  assert.deepEqual(await sync('preview', 'diff', second!, second!), {
    code: 0,
    output: 'the plans say the same\n',
    errors: '',
  });
  assert.match((await sync('preview', 'show', '20200101000000-00000000')).errors, /plan-unknown/);
  const wrong = await sync('preview', '--rules', join(home, 'nowhere'));
  assert.equal(wrong.code, 2);
});

test('a dry run of a cycle is its preview', async (t) => {
  const { sync, context } = await answeringAgent(t);
  context.bench.put(user(1));
  await context.bench.cycle();
  context.bench.put(user(2));
  const { code, output } = await sync('run', '--dry-run');
  assert.equal(code, 0);
  assert.match(output, /^plan \S+: 1 to add, 0 to update, 0 to delete/);
  assert.deepEqual([context.runs, Object.keys(context.bench.cloud.state()).length], [[], 1]);
});

test('one object is done now, and a dry run says what that would be', async (t) => {
  const { sync, context } = await answeringAgent(t);
  context.bench.put(user(1));
  await context.bench.cycle();
  context.bench.put(user(1, { title: 'Chief' }), user(2));
  context.bench.cloud.operations.length = 0;
  assert.equal((await sync('preview', 'commit', user(1).dn, '--dry-run')).code, 0);
  assert.equal(context.bench.cloud.operations.length, 0);
  const done = await sync('preview', 'commit', user(1).dn);
  assert.equal(done.code, 0);
  assert.match(done.output, /^run \d+: success\n/);
  assert.equal(context.bench.cloud.operations.length, 1);
});
