/** Who may set the clock of whoever signs: the roots beside the keys, never the served tree. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type EpochMs, replaceSystemClock, systemClock } from '@springline/ports/clock';
import { saveScenarioHost, scenarioField, setScenarioClock } from '@springline/ports/scenario';
import { enterHomeScenario } from '../scenario/home.ts';
import { keysHome, repositories, treeFolder } from './roles.ts';
import { releaseHome } from './testing/release-home.ts';

const scenarioDay = Date.UTC(2024, 8, 2) as EpochMs;

function scenarioHome(t: TestContext, marked: { readonly tree: boolean; readonly keys?: boolean }): string {
  t.after(() => replaceSystemClock(Date.now));
  const { home } = releaseHome(t);
  const put = (path: string, isMarked: boolean): void => {
    mkdirSync(dirname(path), { recursive: true });
    const extra = isMarked ? { [scenarioField]: 'september-2024' } : {};
    writeFileSync(path, JSON.stringify({ signed: { _type: 'root', ...extra }, signatures: [] }));
  };
  for (const repository of repositories) {
    put(join(treeFolder(home), repository, 'metadata', '1.root.json'), marked.tree);
    if (marked.keys !== undefined) put(keysHome(home).root(repository), marked.keys);
  }
  const clockFile = join(home, 'clock.json');
  setScenarioClock(clockFile, scenarioDay);
  saveScenarioHost(home, { clockFile });
  return home;
}

test('a marked tree sets no clock where the roots beside the keys are not marked', (t) => {
  const home = scenarioHome(t, { tree: true, keys: false });
  assert.throws(() => enterHomeScenario(home), { code: 'scenario-unmarked' });
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 60_000);
});

for (const [what, marked] of [
  ['keys whose roots are marked, whatever the tree says', { tree: false, keys: true }],
  ['a marked tree and no keys', { tree: true }],
] as const) {
  test(`a home with ${what} lives at the scenario\u2019s time`, (t) => {
    enterHomeScenario(scenarioHome(t, marked));
    assert.ok(Math.abs(systemClock.now() - scenarioDay) < 60_000);
  });
}
