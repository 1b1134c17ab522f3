import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { PlannedChange } from '@springline/connect-sync/preview/preview';
import { PlanStore, planFolder } from './plan-store.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-plans-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const change = (n: number, name = `Üser ${n}`): PlannedChange => ({
  ...{ id: `${n}`, connector: 'Cloud directory', objectType: 'user', name, sourceAnchor: `a${n}`, operation: 'add' },
  ...{ attributes: [], references: [], why: [], held: false, isOld: false },
});
const totals = { add: 0, update: 0, delete: 0 };
const plan = '20260101000000-00000000';
const head = { plan, madeAt: '2026-01-01T00:00:00.000Z', mode: 'delta' as const, totals };

test('a plan is read page by page, each line once, and every list to its end', (t) => {
  const store = new PlanStore(folderOf(t));
  const writer = store.begin(plan);
  for (let n = 0; n < 25; n++) writer.item(change(n, 'x'.repeat(n * 3_000)));
  for (let n = 0; n < 3; n++) writer.error({ object: `${n}`, code: 'x', message: '' });
  writer.finish(head);
  const [items, errors]: [string[], string[]] = [[], []];
  for (let after: string | undefined; ; ) {
    const page = store.page(plan, after, 4);
    assert.ok(page.items.length <= 4);
    items.push(...page.items.map(({ sourceAnchor }) => sourceAnchor));
    errors.push(...page.errors.map(({ object }) => object));
    after = page.next;
    if (after === undefined) break;
  }
  assert.deepEqual(
    items,
    Array.from({ length: 25 }, (_, n) => `a${n}`),
  );
  assert.deepEqual(errors, ['0', '1', '2']);
});

test('a plan that was not finished is no plan, and what a killed process left is removed', (t) => {
  const folder = folderOf(t);
  const store = new PlanStore(folder);
  mkdirSync(join(folder, planFolder, '20250101000000-00000000.unfinished'), { recursive: true });
  const writer = store.begin(plan);
  assert.throws(() => store.page(plan, undefined, 1), { code: 'plan-unknown' });
  writer.abandon();
  assert.deepEqual(readdirSync(join(folder, planFolder)), []);
});

test('a plan beyond its bounds keeps what has room, and counts the rest', (t) => {
  const store = new PlanStore(folderOf(t));
  const writer = store.begin(plan);
  writer.item(change(1, 'x'.repeat(5 * 1024 * 1024)));
  for (let n = 0; n < 10_003; n++) writer.error({ object: `${n}`, code: 'x', message: '' });
  writer.finish(head);
  const page = store.page(plan, undefined, 200);
  assert.equal(page.head.missed, 4);
  assert.equal(page.items.length, 0);
});

for (const name of ['..', '../x', 'plans', '20260101000000-0000000Z', '']) {
  test(`"${name}" names no plan`, (t) => {
    assert.throws(() => new PlanStore(folderOf(t)).page(name, undefined, 1), { code: 'plan-unknown' });
  });
}
