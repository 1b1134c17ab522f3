import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type WishView, wishShape } from '@springline/api/shapes/rollout';
import { formOf, wishOf, wishProblems } from './wish-form.ts';

const full: WishView = {
  disabled: true,
  pin: '2.3.2.0',
  ring: 'broad',
  notBefore: '2026-12-01T00:00:00.000Z',
  freezes: [
    { name: 'Year end', from: '2026-12-24T00:00:00.000Z', until: '2027-01-02T00:00:00.000Z' },
    { name: 'Portal', from: '2026-11-24T08:00:00.000Z', until: '2026-11-25T08:00:00.000Z' },
  ],
  afterStagingSoakMinutes: 60,
};

test('a wish that is only looked at stays as it is, with what the form does not show', () => {
  assert.deepEqual(wishOf(formOf(full)), full);
  assert.deepEqual(wishOf(formOf({})), {});
});

test('what is emptied is gone', () => {
  const form = { ...formOf(full), isOptedOut: false, pin: '', ring: ' ', freezeFrom: '', freezeUntil: '' };
  assert.deepEqual(wishShape.parse(wishOf(form)), {
    notBefore: full.notBefore,
    freezes: [full.freezes![0]],
    afterStagingSoakMinutes: 60,
  });
});

for (const [name, changes, field] of [
  ['one number', { pin: '2' }, 'pin'],
  ['a ring with capitals', { ring: 'Broad' }, 'ring'],
  ['a freeze without an end', { freezeFrom: '2026-12-01T08:00' }, 'freeze'],
  [
    'a freeze that ends before it begins',
    { freezeFrom: '2026-12-02T08:00', freezeUntil: '2026-12-01T08:00' },
    'freeze',
  ],
] as const) {
  test(`${name} is refused, and nothing is sent`, () => {
    const form = { ...formOf({}), ...changes };
    assert.deepEqual(Object.keys(wishProblems(form)), [field]);
    assert.equal(wishOf(form), undefined);
  });
}
