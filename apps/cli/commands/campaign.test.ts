import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeToken } from '@springline/control-plane/testing/second-tenant';
import { publishReleases } from '../testing/plane-with-signer.ts';
import { planeWithCli } from '../testing/running-plane.ts';

const september = readFileSync(`${import.meta.dirname}/../../../scenarios/september-2024/notice.json`, 'utf8');

/** One revision after the other; published long ago and due in long, whatever the clock of this machine says. */
const notice = (revisions: number, changes: Record<string, unknown> = {}) => ({
  ...{ campaignId: 'spring-2027', name: 'Spring 2027' },
  revisions: Array.from({ length: revisions }, (_, at) => ({
    revision: at + 1,
    publishedAt: `2024-11-0${at + 1}T00:00:00Z`,
    title: 'Upgrade by 31 March 2190',
    deadline: { date: `2190-03-${31 - at}`, zone: 'Europe/Amsterdam' },
    minimums: [{ component: 'connect-sync', version: '1.2.4.0', effect: 'restrict' }],
    ...changes,
  })),
});

test('a campaign is checked, opened, revised, shown and ended by commands', async (t) => {
  const { plane, run } = await planeWithCli(t);
  publishReleases(plane.home, ['1.2.4.0']);
  const file = join(plane.home, 'notice.json');
  writeFileSync(file, JSON.stringify(notice(1)));
  const planned = await run('campaign', 'open', file, '--dry-run');
  assert.equal(planned.code, 0, planned.errors);
  assert.match(
    planned.output,
    /^Upgrade by 31 March 2190 \(\d+ days left, Europe\/Amsterdam\) +published 2024-11-01\n/,
  );
  assert.match(planned.output, /\nConnect Sync {2}1\.2\.4\.0 .*enrolling and reading a connector again are refused\n$/);
  assert.equal((await run('campaign', 'list')).output.split('.')[0], 'There is no campaign');
  assert.match((await run('campaign', 'show')).output, /^No campaign runs/);

  const opened = await run('campaign', 'open', file);
  assert.match(
    opened.output,
    /^opened spring-2027, revision 1: upgrade by 31 March 2190 \(\d+ days left\)\n$/,
    opened.errors,
  );
  const again = await run('campaign', 'open', file);
  assert.deepEqual([again.code, /Add to it: springline campaign revise/.test(again.errors)], [1, true]);
  assert.equal((await run('campaign', 'revise', file)).code, 1);
  writeFileSync(file, JSON.stringify(notice(2)));
  const revised = await run('campaign', 'revise', file);
  assert.match(revised.output, /^revised spring-2027, revision 2: upgrade by 30 March 2190/, revised.errors);

  assert.match(
    (await run('campaign', 'list')).output,
    /\nspring-2027 {2}2 of 2 {4}2190-03-30 {2}\d+ days left {2}Upgrade by/,
  );
  const shown = await run('campaign', 'show', 'spring');
  assert.match(shown.output, /^spring-2027: Spring 2027, \d+ days left\nrevision {2}2 of 2, published 2024-11-02\n/);
  assert.match(shown.output, /\nConnect Sync +1\.2\.4\.0 +0 +0 +0\nNo server was judged\.\n/);
  assert.match((await run('campaign', 'end', 'spring', '--dry-run')).output, /^would end spring-2027: Upgrade by/);
  assert.match((await run('campaign', 'end', 'spring')).output, /^ended spring-2027: /);
  assert.match((await run('campaign', 'end', 'spring')).errors, /ended already, on 2026-11-22/);
  for (const verb of ['open', 'revise']) {
    const over = await run('campaign', verb, file);
    assert.deepEqual(
      [over.code, /does not begin again: give the notice another campaignId/.test(over.errors)],
      [1, true],
    );
  }
  assert.match((await run('campaign', 'end', 'autumn')).errors, /there is none; there is spring-2027\n$/);
});

test('a notice whose date is past is shown with what keeps it from being published, and exit code 1', async (t) => {
  const { plane, run } = await planeWithCli(t);
  publishReleases(plane.home, ['1.2.4.0']);
  const file = join(plane.home, 'notice.json');
  writeFileSync(file, JSON.stringify(notice(1, { deadline: { date: '2024-11-05' } })));
  const planned = await run('campaign', 'open', file, '--dry-run');
  assert.deepEqual([planned.code, planned.errors], [1, '']);
  assert.match(
    planned.output,
    /\nrefused: connect-sync: 5 November 2024 is less than 7 days ahead.*\(floor-too-soon\)\n$/,
  );
  const refused = await run('campaign', 'open', file);
  assert.deepEqual([refused.code, /\(campaign-refused\)\n$/.test(refused.errors)], [1, true], refused.errors);
});

test('the notice of September 2024 is a notice file, and a home without releases says what was not looked at', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const file = join(plane.home, 'notice.json');
  writeFileSync(file, september);
  const { output, errors } = await run('campaign', 'open', file, '--dry-run');
  assert.match(output, /^Upgrade by 23 September 2024 \(\d+ days ago\)/, errors);
  assert.match(output, /\nAssumed: The day on which this state of the page appeared is not known/);
  assert.match(
    output,
    /\nHealth: Connect Sync agent {2}4\.5\.2466\.0 {2}Connect Sync 2\.3\.8\.0 {2}by hand {2}notices only\n/,
  );
  assert.match(output, /\n! Nothing is published in this home: /);
  const opened = await run('campaign', 'open', file);
  assert.deepEqual([opened.code, opened.errors], [0, '']);
  assert.match(
    opened.output,
    /^opened september-2024, .*\n\n! connect-sync: 23 September 2024 is less than 7 .*\n(?:.*\n)*! Nothing is published in this home: /,
  );
});

test('a hostile notice file is refused with one line and exit code 2, and nothing is opened', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const file = join(plane.home, 'notice.json');
  writeFileSync(file, JSON.stringify(notice(1)).replace('{', '{"__proto__":{"name":"x"},'));
  const { code, errors, output } = await run('campaign', 'open', file);
  assert.deepEqual([code, output, errors.split('\n').length], [2, '', 2]);
  assert.match(errors, /without "__proto__"\n$/);
  assert.deepEqual((await plane.ask('GET', '/hus/v1/campaigns')).json.campaigns, []);
});

test('who may only read opens nothing, and another tenant than the operator’s neither', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const file = join(plane.home, 'notice.json');
  writeFileSync(file, JSON.stringify(notice(1, { minimums: [{ component: 'connect-sync' }] })));
  const database = await plane.openDatabase();
  for (const words of [{ scopes: ['read'] }, { tenant: 'Fabrikam' }] as const) {
    writeFileSync(join(plane.home, 'admin-token'), `${await makeToken(plane, database, words)}\n`);
    const { code, errors } = await run('campaign', 'open', file);
    assert.deepEqual([code, /\((not-authorised|operator-only)\)\n$/.test(errors)], [1, true], errors);
  }
});
