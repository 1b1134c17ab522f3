import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import type { Readiness } from '@springline/auto-upgrade/eligibility/readiness';
import { ChangingDirectory } from '../testing/changing-directory.ts';
import { type Finished, RunningUp, runCli, temporaryHome } from '../testing/running-up.ts';

let home: string;
/** Hooks have no context to clean up after: this stands in for one. */
const cleanups: (() => unknown)[] = [];
const context = { after: (work: () => unknown) => cleanups.unshift(work) };

before(async () => {
  home = temporaryHome(context);
  const directory = new ChangingDirectory(`${home}.ldif`, { people: 10, groups: 2, seed: 12 });
  const up = await RunningUp.start(context, home, ['--ldif', directory.file, '--interval', '300']);
  await up.until(async () => ((await readiness()).found.ready ? true : undefined), 'the host is ready');
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

function autoUpgrade(...words: readonly string[]): Promise<Finished> {
  return runCli(['agent', 'auto-upgrade', ...words, '--home', home]);
}

async function readiness(): Promise<{ readonly code: number | null; readonly found: Readiness }> {
  const { code, output, errors } = await autoUpgrade('readiness', '--json');
  assert.equal(errors, '');
  return { code, found: JSON.parse(output) as Readiness };
}

test('a host that is ready says ok at every gate, and what would be installed', async () => {
  const { code, output } = await autoUpgrade('readiness');
  assert.equal(code, 0, output);
  const { found } = await readiness();
  assert.equal(output.match(/^ok {5}/gm)?.length, found.gates.length);
  assert.match(output, /^connect-sync: nothing newer is named for it$/m);
  assert.match(output, /^ready$/m);
});

test('everything that is in the way is said at once, with code and remedy, and the exit code is 1', async () => {
  const { folder, consent, autoUpgrade: settings } = agentHome(home);
  try {
    chmodSync(folder, 0o755);
    chmodSync(consent, 0o666);
    writeFileSync(settings, '{"state":"Enabled","frozen":true}');
    const { code, output } = await autoUpgrade('readiness');
    assert.equal(code, 1);
    assert.match(output, /^not ok settings +UpgradeNotSupportedSettingsMalformed: .*"frozen"/m);
    assert.match(output, /^not ok consent +UpgradeNotSupportedConsentUnsound: .*written by others/m);
    assert.match(output, /^not ok control-socket +UpgradeNotSupportedUnsafePermissions: .*755\n +Run: chmod 700 /m);
    assert.match(output, /not ready: 3 of \d+ gates are shut/);
    const doctor = await runCli(['doctor', '--home', home]);
    assert.match(doctor.output, /auto-upgrade .*frozen/);
  } finally {
    chmodSync(folder, 0o700);
    chmodSync(consent, 0o600);
    writeFileSync(settings, '{}');
  }
  assert.equal((await readiness()).code, 0);
});

test('the doctor tells a shut gate that none of its own checks tells', async () => {
  const { folder } = agentHome(home);
  try {
    chmodSync(folder, 0o755);
    const { output } = await runCli(['doctor', '--home', home]);
    assert.match(
      output,
      /auto-upgrade .*UpgradeNotSupportedUnsafePermissions.*springline agent auto-upgrade readiness/,
    );
  } finally {
    chmodSync(folder, 0o700);
  }
});

const window = 'Sat,Sun 22:00-04:00 Europe/Amsterdam';

test('a schedule is shown, changed part by part, tried dry and taken away', async () => {
  const stored = (): unknown => JSON.parse(readFileSync(agentHome(home).autoUpgrade, 'utf8')).schedule;
  assert.match((await autoUpgrade('schedule')).output, /^windows +at any time$/m);

  const dry = await autoUpgrade('schedule', '--window', window, '--dry-run');
  assert.match(dry.output, /would become:[\s\S]*Europe\/Amsterdam/);
  assert.equal(stored(), undefined);

  const other = 'daily 01:00-02:00 UTC';
  const freeze = '2030-12-18T00:00:00Z/2031-01-04T00:00:00Z';
  const set = await autoUpgrade('schedule', '--window', window, '--window', other, '--freeze', freeze);
  assert.equal(set.code, 0, set.errors);
  const more = await autoUpgrade(
    'schedule',
    '--pin',
    '99.0',
    '--ring',
    'late',
    '--role',
    'active',
    '--after-staging',
    '72',
  );
  assert.equal(more.code, 0, more.errors);
  const whole = { windows: [window, other], freezes: [freeze], pin: '99.0', ring: 'late', role: 'active' };
  assert.deepEqual(stored(), { ...whole, afterStagingHours: 72 });
  assert.deepEqual(JSON.parse((await autoUpgrade('schedule', '--json')).output), { ...whole, afterStagingHours: 72 });
  assert.match((await autoUpgrade('readiness')).output, /^ok +pin +pinned: nothing above 99\.0$/m);

  await autoUpgrade('schedule', '--window', 'none', '--pin', 'none');
  const { windows: _, pin: __, ...rest } = whole;
  assert.deepEqual(stored(), { ...rest, afterStagingHours: 72 });

  const cleared = await autoUpgrade('schedule', '--clear', '--not-before', '2026-11-01T00:00:00Z');
  assert.equal(cleared.code, 0, cleared.errors);
  assert.deepEqual(stored(), { notBefore: '2026-11-01T00:00:00Z' });
  await autoUpgrade('schedule', '--clear');
  assert.equal(stored(), undefined);
});

test('a pin below what runs shuts its gate', async () => {
  await autoUpgrade('schedule', '--pin', '0.0.9');
  const { code, output } = await autoUpgrade('readiness');
  assert.equal(code, 1);
  assert.match(output, /^not ok pin +UpgradeAbortedHeldBySchedule: the pin 0\.0\.9 is below connect-sync/m);
  await autoUpgrade('schedule', '--clear');
});

for (const { words, says } of [
  { words: ['--window', 'Sat 22:00-04:00 Europe/Atlantis'], says: /Europe\/Atlantis is no time zone/ },
  { words: ['--freeze', '2026-12-18'], says: /is no freeze/ },
  { words: ['--pin', 'newest'], says: /pin: a version is two to four numbers/ },
  { words: ['--role', 'standby'], says: /role is active or staging/ },
]) {
  test(`a schedule that is not understood is refused and changes nothing: ${words.join(' ')}`, async () => {
    const { code, errors } = await autoUpgrade('schedule', ...words);
    assert.equal(code, 1);
    assert.match(errors, says);
    assert.match((await autoUpgrade('schedule', '--json')).output, /^\{\}$/m);
  });
}

test('words that cannot be meant are a misuse', async () => {
  assert.equal((await autoUpgrade('schedule', '--after-staging', 'soon')).code, 2);
  assert.equal((await autoUpgrade('schedule', '--window', 'none', '--window', window)).code, 2);
});
