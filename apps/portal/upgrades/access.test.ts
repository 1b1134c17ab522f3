import assert from 'node:assert/strict';
import { test } from 'node:test';
import { session } from '../testing/home-fixtures.ts';
import { refusalOf } from './access.ts';

test('who may is refused nothing, and who may not is told who may', () => {
  const reader = { ...session(), scopes: ['read' as const] };
  assert.equal(refusalOf(session(), 'upgrade.manage'), undefined);
  assert.match(refusalOf(reader, 'upgrade.manage') ?? '', /release manager/);
  assert.match(refusalOf(reader, 'upgrade.approve') ?? '', /rollout approver/);
  assert.match(refusalOf(reader, 'administer') ?? '', /administrator/);
  assert.match(refusalOf(undefined, 'directory.read') ?? '', /directory\.read/);
});
