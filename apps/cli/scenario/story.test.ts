/**
 * The whole story of September 2024, killed in the middle and taken up again: real agents, a real control plane and signer,
 * a real browser. The counts are those of the files in `scenarios/`, wherever they are looked at.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Minimums } from '@springline/api/shapes/campaign';
import { requireService } from '@springline/tools/services/catalogue';
import { freePort } from '@springline/tools/services/free-port';
import { chromium } from 'playwright-core';
import { runCli, springline, temporaryHome } from '../testing/running-up.ts';

const patienceMs = 8 * 60_000;
/** Who remains below, and why. */
const remaining = [
  ['fourthcoffee-sync1', 'opted-out'],
  ['proseware-dr1', 'not-seen'],
];

class Telling {
  readonly child: ChildProcess;
  errors = '';
  output = '';

  constructor(t: TestContext, words: readonly string[]) {
    this.child = spawn(process.execPath, [springline, 'scenario', 'september-2024', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    t.after(() => this.child.kill('SIGKILL'));
  }

  async says(pattern: RegExp): Promise<string> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const found = pattern.exec(this.errors);
      if (found !== null) return found[0];
      assert.equal(this.child.exitCode, null, this.errors);
      assert.ok(performance.now() < deadline, this.errors);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Of any program that was given something below `home`. */
function processesOn(home: string): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.some((word) => word === home || word.startsWith(`${home}/`));
    } catch {
      return false; // No process, or one that has just ended.
    }
  }).length;
}

test('the story is told to its end, also after a kill, and everybody counts the same', async (t) => {
  const service = await requireService(t, 'chromium');
  if (service === undefined) return;
  const home = temporaryHome(t);
  const words = ['--home', home, '--port', String(await freePort()), '--json'];
  const killed = new Telling(t, words);
  await killed.says(/2024-02-28 /);
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  const deadline = performance.now() + 30_000;
  while (processesOn(home) > 0) {
    assert.ok(performance.now() < deadline, 'what was started ends with the telling');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  const telling = new Telling(t, [...words, '--open']);
  const link = await telling.says(/http:\/\/localhost:\d+\/sign-in#[\w-]{22}/);
  assert.match(telling.errors, /taken up after The canary upgrades itself/);
  const expected = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../scenarios/september-2024/expected/2024-09-17.json'), 'utf8'),
  ) as { components: { component: string; ok: number; below: number; notJudged: number; moved: number }[] };

  const { hostname, port } = new URL(link);
  const token = readFileSync(join(home, 'admin-token'), 'utf8').trim();
  const answer = await fetch(`http://${hostname}:${port}/hus/v1/minimums`, {
    headers: { authorization: `Bearer ${token}` },
  });

  const told = await runCli(['upgrade', 'minimums', '--json', '--home', home]);
  assert.equal(told.code, 1, 'servers remain below after the date');
  const minimums = JSON.parse(told.output) as Minimums;
  const rows = minimums.minimums.map(({ component, ok, below, notJudged, moved }) => {
    return { component, ok, below, notJudged, moved };
  });
  const wanted = expected.components.map(({ component, ok, below, notJudged, moved }) => {
    return { component, ok, below, notJudged, moved };
  });
  assert.deepEqual(rows, wanted);
  assert.deepEqual(((await answer.json()) as Minimums).minimums, minimums.minimums, 'the API says the same');
  assert.deepEqual(
    minimums.servers.map(({ hostName, group }) => [hostName, group]),
    remaining,
  );

  // Below, and heard all the same: only notices are due, so upgrades and alerts go on.
  const host = join(home, 'hosts', 'fourthcoffee-sync1');
  const own = JSON.parse((await runCli(['agent', 'status', '--json', '--home', host])).output);
  assert.deepEqual([own.controlPlane.state, own.autoUpgrade.state], ['connected', 'Disabled']);
  assert.equal((await runCli(['agent', 'auto-upgrade', 'check', '--home', host])).code, 0);
  // The operator runs the campaign, and opts nobody in: the agent is another tenant's.
  const wish = await runCli(['agent', 'wish', 'set', 'fourthcoffee-sync1', '--pin', '2.3.6.0', '--home', home]);
  assert.match(wish.errors, /no (agent|host)|nobody/i);

  // A host that is none of the scenario's takes nothing of it, though the string is genuine.
  const file = join(home, 'stranger.txt');
  const env = { SPRINGLINE_TOKEN_FILE: join(home, 'tokens', 'fourthcoffee.token') };
  const connector = ['--connector', 'stranger', '--kind', 'ldif'];
  const made = await runCli(['agent', 'enrolment-string', 'create', ...connector, '--out', file, '--home', home], {
    env,
  });
  assert.equal(made.code, 0, made.errors);
  const stranger = temporaryHome(t);
  const refused = await runCli(['agent', 'install', '--enrolment-string-file', file, '--home', stranger]);
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /expired 20\d\d-/, 'and today its roots are years old');

  const browser = await chromium.launch({ executablePath: service.executablePath, args: [...service.args] });
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
  await page.getByText('A replay of the scenario september-2024.').waitFor();
  await page.goto(`${new URL(link).origin}/upgrades/minimums`);
  const row = page.getByRole('row', { name: /Connect Sync.*2\.3\.2\.0/ }).first();
  await row.waitFor();
  const cells = (await row.innerText()).split(/\s+/).filter((cell) => /^\d+$/.test(cell));
  assert.deepEqual(cells.slice(0, 2), ['9', '2']);

  const pks = await fetch(`http://${hostname}:${port}/pks/v1/upgrade`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ productKey: 'AB1CD-EFGHI-JKLMN-OPQRS-TUVWX', component: 'connect-sync' },
      ...{ version: '2.1.20.0', hostName: 'somebody-else' },
    }),
  });
  assert.equal(pks.status, 410);

  telling.child.kill('SIGINT');
  const [code] = (await once(telling.child, 'exit')) as [number];
  assert.equal(code, 1, telling.errors);
  const { steps } = JSON.parse(telling.output) as { steps: { step: string; minimums?: Minimums }[] };
  assert.deepEqual(steps.at(-1)?.minimums?.serversTotal, 2);
  assert.ok(
    steps.every(({ step }) => step !== 'canary'),
    'what was told before the kill is not told again',
  );

  const again = await runCli(['scenario', 'september-2024', '--as-published', '--home', home]);
  assert.equal(again.code, 1);
  assert.match(again.errors, /another telling\. Begin again with --fresh/);
});
