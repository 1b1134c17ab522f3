import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCampaign } from '@springline/auto-upgrade/campaign/campaign';
import { temporaryFolder } from '@springline/control-plane/testing/running-control-plane';
import type { EpochMs } from '@springline/ports/clock';
import { CommandError } from '../output.ts';
import { publishReleases } from '../testing/plane-with-signer.ts';
import { problemsOf, readNotice } from './notice-file.ts';

const own = readFileSync(new URL('../../../scenarios/september-2024/notice.json', import.meta.url), 'utf8');

test('a notice file is read as the campaign that it is, and sent as it was written', (t) => {
  const file = join(temporaryFolder(t), 'notice.json');
  writeFileSync(file, own);
  const { campaign, json } = readNotice(file);
  assert.deepEqual(campaign, parseCampaign(JSON.parse(own)));
  assert.deepEqual(json, JSON.parse(own));
});

for (const [why, text, said] of [
  ['too large', `${own}${' '.repeat(600_000)}`, /longer than 524288 bytes$/],
  ['too deep', '['.repeat(100_000) + ']'.repeat(100_000), /campaign is to be an object$/],
  ['with a prototype', own.replace('{', '{"__proto__":{"name":"x"},'), /without "__proto__"$/],
  ['with a prototype in a revision', own.replace('"revision"', '"__proto__":{"title":"x"},"revision"'), /"__proto__"$/],
  ['with an object for a date', own.replace('"2024-09-16"', '{}'), /revisions\[0\]\.deadline\.date is to be a text/],
  ['with a number for a version', own.replace('"2.3.2.0"', '2.3'), /minimums\[0\]\.version is to be a version/],
  ['with a list for a campaign', '[]', /campaign is to be an object$/],
  ['with control characters', own.replace('September 2024', 'a\\u001b[2J'), /without control characters$/],
  ['with a member that no terminal should see', own.replace('"name"', '"a\\u001b[2J\\u202e"'), /without "a/],
  ['of a zone of nowhere', own.replace('"UTC"', '"Mars/Olympus"'), /time zone known here/],
  ['cut short', own.slice(0, 100), /is no JSON$/],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /is no UTF-8 text$/],
  ['empty', '', /is no JSON$/],
] as const) {
  test(`a notice file that is ${why} is refused with one line of plain text`, (t) => {
    const file = join(temporaryFolder(t), 'notice.json');
    writeFileSync(file, text);
    assert.throws(
      () => readNotice(file),
      (error) => {
        assert.ok(error instanceof CommandError && error.exitCode === 2);
        assert.match(error.message, said);
        assert.doesNotMatch(error.message, /[\u0000-\u001f\u007f-\u009f\u202e]/);
        return true;
      },
    );
  });
}

const now = Date.parse('2026-11-22T14:00:00Z') as EpochMs;

test('a minimum that no release of this home satisfies on a platform in use is a problem', async (t) => {
  const home = temporaryFolder(t);
  const minimums = [{ component: 'connect-sync', version: '2.0.0.0', effect: 'stop-sync' }];
  const revision = { revision: 1, publishedAt: '2026-11-01T00:00:00Z', title: 'x', deadline: { date: '2027-03-31' } };
  const { revisions } = parseCampaign({ campaignId: 'x', name: 'x', revisions: [{ ...revision, minimums }] });
  const hosts = ['linux-x64', 'win32-x64', 'sunos-x64'].map((platform) => ({
    platform,
    autoUpgrade: {
      state: 'Enabled' as const,
      channel: 'HUS' as const,
      components: [{ component: 'connect-sync' as const, version: '1.0.0.0', releaseNumber: 1, step: 'idle' }],
    },
  }));
  const codes = async () => {
    const { problems, isChecked } = await problemsOf(revisions[0]!, home, hosts, now);
    return [isChecked, ...problems.map(({ code, platform }) => [code, platform])];
  };
  assert.deepEqual(await codes(), [false]);
  publishReleases(home, ['1.2.4.0']);
  const unsigned = ['stop-sync-not-signed', undefined];
  const missing = 'no-satisfying-release';
  assert.deepEqual(await codes(), [true, [missing, 'linux-x64'], [missing, 'win-x64'], unsigned]);
  publishReleases(home, ['2.0.0.0'], { floor: { below: '2.0.0.0', from: '2027-04-01T00:00:00Z' } });
  assert.deepEqual(await codes(), [true, [missing, 'win-x64']]);
});
