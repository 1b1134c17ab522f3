import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { components } from '../release/target-path.ts';
import { effects, formatCampaign, parseCampaign } from './campaign.ts';
import { CampaignError } from './error.ts';

const minimum = { component: 'connect-sync', version: '2.3.2.0' };
const revision = {
  ...{ revision: 1, publishedAt: '2023-11-06T00:00:00Z', title: 'Upgrade' },
  ...{ deadline: { date: '2024-09-16', zone: 'Europe/Berlin' }, minimums: [minimum] },
};
const campaign = { campaignId: 'september-2024', name: 'September 2024', revisions: [revision] };

test('what is left out of a campaign has a default: UTC, notify, nothing by hand', () => {
  const parsed = parseCampaign({ ...campaign, revisions: [{ ...revision, deadline: { date: '2024-09-16' } }] });
  assert.equal(parsed.revisions[0]!.deadline.zone, 'UTC');
  assert.deepEqual(parsed.revisions[0]!.minimums[0], { ...minimum, byHand: false, effect: 'notify' });
});

for (const [where, changed] of [
  ['campaign', []],
  ['campaign', null],
  ['campaign', JSON.parse(`{"__proto__":{},"name":"x"}`)],
  ['campaign', { ...campaign, owner: 'x' }],
  ['campaign.campaignId', { ...campaign, campaignId: 'Sept 24' }],
  ['campaign.name', { ...campaign, name: '' }],
  ['campaign.name', { ...campaign, name: 'a\u0007' }],
  ['campaign.revisions', { ...campaign, revisions: [] }],
  ['campaign.revisions', { ...campaign, revisions: Array.from({ length: 65 }, () => revision) }],
  ['campaign.revisions[1].revision', { ...campaign, revisions: [revision, revision] }],
  ['campaign.revisions[1].publishedAt', { ...campaign, revisions: [revision, { ...revision, revision: 2 }] }],
  ...(
    [
      ['.revision', { revision: 2 }],
      ['.revision', { revision: 1.5 }],
      ['.publishedAt', { publishedAt: '2023-02-30T00:00:00Z' }],
      ['.publishedAt', { publishedAt: '2023-11-06T00:00:00+01:00' }],
      ['.publishedAt', { publishedAt: 0 }],
      ['.title', { title: 'x'.repeat(201) }],
      ['.title', { title: '\ud800' }],
      ['.deadline', { deadline: { date: '2023-11-05' } }],
      ['.deadline', { deadline: '2024-09-16' }],
      ['.note', { note: 7 }],
      ['.minimums', { minimums: [minimum, minimum] }],
      ['.minimums', { minimums: {} }],
      ['.minimums[0].component', { minimums: [{ component: 'outlook' }] }],
      ['.minimums[0].version', { minimums: [{ ...minimum, version: '2.3' }] }],
      ['.minimums[0].version', { minimums: [{ ...minimum, version: 'X' }] }],
      ['.minimums[0].effect', { minimums: [{ ...minimum, effect: 'erase' }] }],
      ['.minimums[0].byHand', { minimums: [{ ...minimum, byHand: 'yes' }] }],
      ['.minimums[0].carriedBy', { minimums: [{ component: 'health-sync', carriedBy: minimum }] }],
    ] as const
  ).map(([at, change]) => {
    return [`campaign.revisions[0]${at}`, { ...campaign, revisions: [{ ...revision, ...change }] }] as const;
  }),
] as const) {
  test(`${where} is refused by name: ${JSON.stringify(changed).slice(0, 60)}…`, () => {
    assert.throws(
      () => parseCampaign(changed),
      (error) => error instanceof CampaignError && error.message.startsWith(`${where} `),
    );
  });
}

test('a zone that nobody knows has its own code', () => {
  const unknown = { ...campaign, revisions: [{ ...revision, deadline: { date: '2024-09-16', zone: 'Mars/Olympus' } }] };
  assert.throws(
    () => parseCampaign(unknown),
    (error) => error instanceof CampaignError && error.code === 'unknown-zone',
  );
});

test('anything that is JSON is read or refused as a CampaignError', () => {
  const mixed = fc.oneof(fc.jsonValue(), fc.constantFrom(minimum, revision, [revision], [minimum], 1, '2024-09-16'));
  const shaped = fc.record({
    ...{ campaignId: fc.oneof(fc.constant('a'), mixed), name: fc.oneof(fc.constant('A'), mixed) },
    revisions: fc.oneof(mixed, fc.array(fc.record({ revision: mixed, deadline: mixed, minimums: mixed }))),
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), shaped), (json) => {
      try {
        parseCampaign(json);
      } catch (error) {
        assert.ok(error instanceof CampaignError);
      }
    }),
  );
});

test('a campaign that was written is read as the same', () => {
  const text = fc.string({ minLength: 1, maxLength: 40 }).filter((each) => !/[\p{Cc}\p{Cs}]/u.test(each));
  const version = fc.array(fc.nat({ max: 2 ** 31 - 1 }), { minLength: 3, maxLength: 4 }).map((each) => each.join('.'));
  const carrier = fc.record({ component: fc.constantFrom(...components), version });
  const rest = { byHand: fc.boolean(), effect: fc.constantFrom(...effects) };
  const minimums = fc.uniqueArray(
    fc.oneof(
      fc.record({ component: fc.constantFrom(...components), ...rest }),
      fc.record({ component: fc.constantFrom(...components), version, ...rest }),
      fc.record({ component: fc.constantFrom(...components), version, carriedBy: carrier, ...rest }),
    ),
    { selector: ({ component }) => component, minLength: 1, maxLength: 6 },
  );
  const deadline = fc.record({
    date: fc.constantFrom('2024-09-16', '2031-02-28'),
    zone: fc.constantFrom('UTC', 'Asia/Kolkata', 'America/New_York'),
  });
  const revisions = fc
    .array(
      fc.record(
        { title: text, deadline, minimums, note: text, assumption: text },
        { requiredKeys: ['title', 'deadline', 'minimums'] },
      ),
      {
        ...{ minLength: 1, maxLength: 4 },
      },
    )
    .map((all) => {
      return all.map((each, at) => ({ revision: at + 1, publishedAt: `2020-01-0${at + 1}T00:00:00.250Z`, ...each }));
    });
  fc.assert(
    fc.property(text, revisions, (name, written) => {
      const parsed = parseCampaign({ campaignId: 'a-1', name, revisions: written });
      assert.deepEqual(parseCampaign(JSON.parse(formatCampaign(parsed))), parsed);
    }),
    { numRuns: 50 },
  );
});
