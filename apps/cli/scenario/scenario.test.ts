import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Minimums } from '@springline/api/shapes/campaign';
import type { EpochMs } from '@springline/ports/clock';
import { saveScenarioHost, setScenarioClock } from '@springline/ports/scenario';
import { initKeys } from '../release/init.ts';
import { runCli, temporaryHome } from '../testing/running-up.ts';
import { exampleBuild } from './builds.ts';
import { readScenario } from './files.ts';
import { standingAt } from './standing.ts';

const scenario = readScenario('september-2024');

test('two weeks before the date the scenario prints who is below, and why', async () => {
  const { code, output, errors } = await runCli(['scenario', 'september-2024', '--at', '2024-09-02']);
  assert.equal(code, 0, errors);
  assert.equal(
    output,
    `Upgrade by 16 September 2024 (14 days left)                   published 2023-11-06
component                  minimum            ok  below  not judged
Connect Sync               2.3.2.0             3      9      0
Health: Connect Sync agent 2.3.2.0             3      9      0
Health: AD DS agent        not yet announced   -      -      2
Health: AD FS agent        not yet announced   -      -      1
Below: 3 opted out, 3 failed, 2 on PKS, 1 not seen.  springline upgrade advice --server NAME
`,
  );
});

test('after the date it exits with 1, names the servers, and speaks to programs', async () => {
  const named = await runCli(['scenario', 'september-2024', '--at', '2024-09-17', '--servers']);
  assert.equal(named.code, 1);
  assert.match(named.output, /fourthcoffee-sync1 .*opted out/);
  const { code, output } = await runCli([
    'scenario',
    'september-2024',
    '--at',
    '2024-09-24',
    '--as-published',
    '--json',
  ]);
  assert.equal(code, 1);
  const answer = JSON.parse(output) as Minimums & { at: string };
  assert.equal(answer.at, '2024-09-24T00:00:00.000Z');
  assert.equal(answer.campaign?.revision, 2);
});

test('the last minute of the date is in time', () => {
  const at = (text: string): number => standingAt(scenario, false, Date.parse(text) as EpochMs).campaign!.daysLeft;
  assert.deepEqual(['2024-09-16T23:59:00Z', '2024-09-17T00:00:00Z'].map(at), [0, -1]);
});

for (const [what, words, said] of [
  ['a name that no scenario has', ['october-2025'], /no scenario "october-2025"; there is september-2024/],
  ['a day that does not exist', ['september-2024', '--at', '2024-02-30'], /no date/],
  ['something that is no date', ['september-2024', '--at', 'soon'], /no date: write it as 2024-09-02/],
  ['to play and to reckon', ['september-2024', '--at', '2024-09-02', '--open'], /--open plays/],
  ['a port that is none', ['september-2024', '--port', '0'], /--port 0 is no port/],
] as const) {
  test(`asked for ${what}, the command says so and exits with 2`, async () => {
    const { code, errors } = await runCli(['scenario', ...words]);
    assert.equal(code, 2);
    assert.match(errors, said);
  });
}

test('a folder that holds something else is not played in', async (t) => {
  const home = temporaryHome(t);
  mkdirSync(home);
  writeFileSync(join(home, 'letter.txt'), 'mine');
  const { code, errors } = await runCli(['scenario', 'september-2024', '--home', home, '--fresh']);
  assert.equal(code, 1);
  assert.match(errors, /holds no scenario/);
});

test('a home of the product publishes no example build, and takes no other clock', async (t) => {
  const home = temporaryHome(t);
  await initKeys(home, 'development');
  const built = join(home, 'built');
  mkdirSync(built);
  writeFileSync(join(built, 'connect-sync.mjs'), 'process.exit(0);\n');
  const release = scenario.releases.find(({ version }) => version === '2.3.6.0')!;
  const from = exampleBuild(built, join(home, 'builds'), release, scenario.facts.banner);
  const refused = await runCli(['release', 'publish', '--from', from, '--home', home]);
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /an example build of a scenario, which no other home publishes/);

  setScenarioClock(join(home, 'clock.json'), Date.UTC(2024, 8, 2) as EpochMs);
  saveScenarioHost(home, { clockFile: join(home, 'clock.json') });
  const unmarked = await runCli(['release', 'list', '--home', home]);
  assert.equal(unmarked.code, 1);
  assert.match(unmarked.errors, /counts only where the signed roots are a scenario.s/);
});
