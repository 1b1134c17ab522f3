import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type EpochMs, replaceSystemClock, systemClock } from './clock.ts';
import {
  enterScenario,
  ScenarioError,
  saveScenarioHost,
  scenarioField,
  scenarioHost,
  setScenarioClock,
} from './scenario.ts';

interface Home {
  readonly home: string;
  readonly clockFile: string;
  /** A root as it is signed, marked or not. */
  root(name: string, extra: object): string;
}

function emptyHome(t: TestContext): Home {
  const home = mkdtempSync(join(tmpdir(), 'springline-scenario-'));
  t.after(() => {
    replaceSystemClock(() => Date.now());
    rmSync(home, { recursive: true });
  });
  return {
    home,
    clockFile: join(home, 'clock.json'),
    root(name, extra) {
      const file = join(home, name);
      writeFileSync(file, JSON.stringify({ signed: { _type: 'root', ...extra }, signatures: [] }));
      return file;
    },
  };
}

const marked = { [scenarioField]: 'september-2024' };
const codeOf = (code: string) => (error: unknown) => error instanceof ScenarioError && error.code === code;

test('a home without the file lives at the time of the machine', (t) => {
  const { home, root } = emptyHome(t);
  assert.equal(enterScenario(home, [root('root.json', {})]), undefined);
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 1_000);
});

test('in a home with marked roots the clock is the scenario\u2019s, goes on, and follows when it is set again', (t) => {
  const { home, clockFile, root } = emptyHome(t);
  setScenarioClock(clockFile, Date.UTC(2024, 8, 2) as EpochMs);
  saveScenarioHost(home, { clockFile, hostName: 'contoso-sync1', freeBytes: 5 });
  const roots = [root('image.json', marked), root('director.json', marked)];
  assert.deepEqual(enterScenario(home, roots), { clockFile, hostName: 'contoso-sync1', freeBytes: 5 });
  const first = systemClock.now();
  assert.ok(first >= Date.UTC(2024, 8, 2) && first < Date.UTC(2024, 8, 2) + 60_000);
  setScenarioClock(clockFile, Date.UTC(2024, 8, 17) as EpochMs);
  // It is read again after a moment.
  const until = performance.now() + 5_000;
  while (systemClock.now() < Date.UTC(2024, 8, 17) && performance.now() < until);
  assert.ok(systemClock.now() >= Date.UTC(2024, 8, 17));
});

test('a clock that was set long ago stands still, so that what was signed then still holds', (t) => {
  const { home, clockFile, root } = emptyHome(t);
  const since = Date.now() - 24 * 60 * 60_000;
  writeFileSync(clockFile, JSON.stringify({ at: '2024-09-02T00:00:00Z', since }));
  saveScenarioHost(home, { clockFile });
  enterScenario(home, [root('root.json', marked)]);
  assert.equal(systemClock.now(), Date.UTC(2024, 8, 2, 0, 20));
});

for (const [what, extra] of [
  ['a root that is not marked', {}],
  ['a mark that is no name', { [scenarioField]: 7 }],
] as const) {
  test(`the file counts for nothing beside ${what}`, (t) => {
    const { home, clockFile, root } = emptyHome(t);
    setScenarioClock(clockFile, Date.UTC(2024, 8, 2) as EpochMs);
    saveScenarioHost(home, { clockFile });
    assert.throws(
      () => enterScenario(home, [root('a.json', marked), root('b.json', extra)]),
      codeOf('scenario-unmarked'),
    );
    assert.throws(() => enterScenario(home, [join(home, 'absent.json')]), codeOf('scenario-unmarked'));
    assert.throws(() => enterScenario(home, []), codeOf('scenario-unmarked'));
    assert.ok(Math.abs(systemClock.now() - Date.now()) < 1_000);
  });
}

for (const [what, text] of [
  ['no JSON', '{'],
  ['an array', '[]'],
  ['no clock', '{}'],
  ['a name with a slash', '{"clockFile":"x","hostName":"../x"}'],
  ['less than no space', '{"clockFile":"x","freeBytes":-1}'],
  ['more than such a file holds', JSON.stringify({ clockFile: 'x'.repeat(5_000) })],
] as const) {
  test(`a file with ${what} is refused by name`, (t) => {
    const { home, root } = emptyHome(t);
    writeFileSync(join(home, 'scenario.json'), text);
    assert.throws(() => scenarioHost(home, [root('root.json', marked)]), codeOf('scenario-malformed'));
  });
}

test('a clock file that cannot be read is refused', (t) => {
  const { home, clockFile, root } = emptyHome(t);
  saveScenarioHost(home, { clockFile });
  writeFileSync(clockFile, '{"at":"soon","since":1}');
  assert.throws(() => enterScenario(home, [root('root.json', marked)]), codeOf('scenario-malformed'));
});
