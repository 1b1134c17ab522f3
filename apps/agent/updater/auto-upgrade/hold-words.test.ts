import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { type Held, heldWords, type Place } from './hold-words.ts';

const place = (changes: Partial<Place> = {}): Place => ({ ring: 'broad', own: {}, asked: {}, ...changes });
const reason = '1.2.4.0: why.';

for (const { rule, on, says } of [
  {
    rule: 'ring-not-open',
    on: place(),
    says: /^1\.2\.4\.0: why\. No date is known: until broad is open, which takes proof/,
  },
  { rule: 'ring-not-open', on: place({ asked: { ring: 'late' } }), says: /until broad, late is open/ },
  { rule: 'staging-first', on: place(), says: /until the staging server of the same directory has kept it/ },
  { rule: 'not-in-policy', on: place(), says: /until the operator begins a rollout of it\.$/ },
  { rule: 'policy-halted', on: place(), says: /until the operator resumes all\.$/ },
  { rule: 'rollout-halted', on: place(), says: /until the operator resumes the rollout\.$/ },
  {
    rule: 'ring-unknown',
    on: place({ ring: 'pilot' }),
    says: /until the rollout is complete; it has no ring pilot\.$/,
  },
] satisfies readonly { rule: string; on: Place; says: RegExp }[]) {
  test(`a hold by ${rule} without a date says what ends it: ${says.source}`, () => {
    assert.match(heldWords({ rule, reason }, on), says);
  });
}

test('a hold with a date has that date and no other end', () => {
  const held: Held = { rule: 'ring-not-open', reason, notBefore: 1 };
  assert.equal(heldWords(held, place()), reason);
});

for (const { name, rule, on, says } of [
  {
    name: 'a pin of the tenant',
    rule: 'pinned',
    on: place({ asked: { pin: '1.2.3.0' } }),
    says: /Nothing above 1\.2\.3\.0: it is pinned from afar, by the administrators of its tenant: springline agent wish show\./,
  },
  {
    name: 'a pin of both',
    rule: 'pinned',
    on: place({ asked: { pin: '1.2.3.0' }, own: { pin: '1.2.2.0' } }),
    says: /Nothing above 1\.2\.3\.0; this host itself says 1\.2\.2\.0: it is pinned from afar/,
  },
  {
    name: 'a pin of the host',
    rule: 'pinned',
    on: place({ own: { pin: '1.2.3.0' } }),
    says: /This host itself says so/,
  },
  {
    name: 'a tenant that turned it off',
    rule: 'Disabled',
    on: place({ asked: { disabled: true } }),
    says: /turned off from afar/,
  },
  {
    name: 'a later date of the tenant',
    rule: 'not-before',
    on: place({ asked: { notBefore: 2 as EpochMs }, own: { notBefore: 1 as EpochMs } }),
    says: /put off from afar/,
  },
] satisfies readonly { name: string; rule: string; on: Place; says: RegExp }[]) {
  test(`${name} is told with whose word it is`, () => {
    assert.match(heldWords({ rule, reason }, on), says);
  });
}
