import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PksStatus } from '@springline/api/shapes/pks';
import { beginningOf, endOf, lastDayText } from '../pks/dates.ts';
import { planeWithCli } from '../testing/running-plane.ts';
import { describeStatus } from './pks.ts';

const now = Date.parse('2024-09-02T12:00:00.000Z');

const bridge = { version: '2.3.6.0', signedAt: '2024-02-21T00:00:00.000Z' };
const status: PksStatus = {
  phase: 'deprecated',
  meaning: 'PKS still answers.',
  lifecycle: {
    announcedAt: '2023-11-06T00:00:00.000Z',
    deprecatedAt: '2024-01-01T00:00:00.000Z',
    sunsetAt: '2024-09-17T00:00:00.000Z',
  },
  bridges: [
    {
      component: 'connect-sync',
      version: '2.3.6.0',
      upgradesFrom: '2.0.0.0',
      signedAt: '2024-02-21T00:00:00.000Z',
      ...{ isAvailable: true, standing: 'current' },
    },
    { component: 'health-sync', ...bridge, isAvailable: false, standing: 'outdated' },
    { component: 'health-ad-ds', ...bridge, isAvailable: true, standing: 'outdated' },
    { component: 'health-ad-fs', ...bridge, isAvailable: true, standing: 'recalled' },
  ],
  left: [
    {
      claimedHostName: 'litware-sync1',
      component: 'connect-sync',
      claimedVersion: '1.6.16.0',
      channel: 'PKS',
      keyHash: '0123456789abcdef',
      firstSeenAt: '2024-08-01T00:00:00.000Z',
      lastSeenAt: '2024-09-02T11:00:00.000Z',
      requests: 40,
      needsSwingMigration: true,
    },
  ],
  leftCount: 1,
  bridged: [
    {
      claimedHostName: 'adatum-sync1',
      component: 'connect-sync',
      claimedVersion: '2.1.20.0',
      bridgedAt: '2024-09-01T12:00:00.000Z',
    },
  ],
  bridgedCount: 1,
};

test('the status says phase, days, bridges, who is left and what to do, who was bridged, and what may be deleted', () => {
  assert.equal(
    describeStatus(status, now),
    [
      'PKS        deprecated: PKS still answers.',
      'dates      deprecated from 2024-01-01, last day 2024-09-16 (UTC)',
      'bridge     connect-sync 2.3.6.0, from 2.0.0.0 on',
      'bridge     health-sync 2.3.6.0  its file is not published any more: springline pks sign',
      'bridge     health-ad-ds 2.3.6.0  another release is the bridge now: springline pks sign',
      'bridge     health-ad-fs 2.3.6.0  it was recalled and is handed out to nobody: springline pks sign',
      '',
      'Left: 1. Names and versions are as claimed.',
      'HOST           COMPONENT     VERSION   CHANNEL  LAST SEEN   ',
      'litware-sync1  connect-sync  1.6.16.0  PKS      60 min ago  too old for the bridge: replace it by a swing migration',
      '',
      'Bridged: 1.',
      'HOST          COMPONENT     CAME FROM  ENROLLED',
      'adatum-sync1  connect-sync  2.1.20.0   24 h ago',
      '',
      'Product-key certificates that PKS left on hosts are used by nothing any more and are safe to delete.',
      'springline pks certificates FOLDER finds them.',
    ].join('\n'),
  );
});

test('the end is put off without saying again what stays', async (t) => {
  const { run } = await planeWithCli(t);
  const first = await run('pks', 'schedule', '--sunset', '2190-06-30');
  assert.deepEqual([first.code, /give both --deprecated and --sunset/.test(first.errors)], [2, true], first.errors);
  assert.equal((await run('pks', 'schedule')).code, 2);
  const both = await run('pks', 'schedule', '--deprecated', '2190-01-01', '--sunset', '2190-06-30');
  assert.equal(both.output, 'deprecated from 2190-01-01, last day 2190-06-30 (UTC)\n', both.errors);
  const planned = await run('pks', 'schedule', '--sunset', '2190-09-30', '--dry-run');
  assert.deepEqual(planned.output.split('\n'), [
    'now      deprecated from 2190-01-01, last day 2190-06-30 (UTC)',
    'would be deprecated from 2190-01-01, last day 2190-09-30 (UTC)',
    '',
  ]);
  const earlier = await run('pks', 'schedule', '--deprecated', '2189-01-01');
  assert.equal(earlier.output, 'deprecated from 2189-01-01, last day 2190-06-30 (UTC)\n', earlier.errors);
});

test('without dates, bridges and clients the status says what to do next', () => {
  const { lifecycle: _, ...rest } = status;
  const text = describeStatus({ ...rest, bridges: [], left: [], leftCount: 0, bridged: [], bridgedCount: 0 }, now);
  assert.match(text, /none yet: springline pks schedule/);
  assert.match(text, /none is signed: springline pks sign/);
  assert.match(text, /Nobody is left on PKS\./);
});

test('what is cut off is said, and a claimed name cannot draw on the terminal', () => {
  const [client] = status.left;
  const text = describeStatus(
    { ...status, left: [{ ...client!, claimedHostName: 'a\u001b[2J' }], leftCount: 5_000 },
    now,
  );
  assert.match(text, /Left: 5000, the last 1 are shown\./);
  assert.ok(!text.includes('\u001b[2J'));
});

test('a last day counts to its end, and days that no calendar has are refused', () => {
  assert.equal(endOf('--sunset', '2024-09-16'), Date.parse('2024-09-17T00:00:00Z'));
  assert.equal(lastDayText(endOf('--sunset', '2024-02-29')), '2024-02-29');
  for (const text of ['2023-02-29', '2024-9-1', 'tomorrow', '2024-09-16T00:00:00Z', '']) {
    assert.throws(() => beginningOf('--sunset', text), { exitCode: 2 });
  }
});
