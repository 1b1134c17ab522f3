import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectPages } from './collect.ts';

const pages = (count: number) => async (after: string | undefined) => {
  const at = Number(after ?? 0);
  return { items: [at], ...(at + 1 < count ? { next: String(at + 1) } : {}) };
};

test('the pages of an answer become one list, in their order', async () => {
  assert.deepEqual(await collectPages(pages(4)), { items: [0, 1, 2, 3], isCut: false });
});

test('more than a file bears is cut, and the cut is known', async () => {
  assert.deepEqual(await collectPages(pages(9), 3), { items: [0, 1, 2], isCut: true });
});

test('a host that names the same page over and over is not asked for ever', async () => {
  const answer = await collectPages(async () => ({ items: ['a'], next: 'x' }));
  assert.deepEqual(answer.items, ['a', 'a']);
});
