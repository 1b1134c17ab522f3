import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Log, silentLog } from '@springline/ports/log';
import { ComponentProcess } from './component-process.ts';

/** What every component of these tests can say; `process.send` is the channel to the Updater. */
const prelude = `
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
const ready = () => process.send({ type: 'ready', version: '1.2.3.4' });
const attempt = (work) => { try { work(); return 'done'; } catch ({ code }) { return code; } };
`;
const endsWithItsChannel = `process.on('disconnect', () => process.exit(0));`;

/** Answers each call with the result of the expression `answer`, in which `method` and `parameters` are known. */
const answering = (answer: string): string => `
process.on('message', ({ id, method, parameters }) => process.send({ type: 'answer', id, result: ${answer} }));
${endsWithItsChannel}
ready();`;

class Bench {
  readonly component: ComponentProcess;
  readonly home: string;
  readonly folder: string;
  /** One event per end of the process: its details, as logged. */
  readonly ends: Record<string, unknown>[] = [];
  readonly #waiting: { isTrue: () => boolean; resolve: () => void }[] = [];

  constructor(t: TestContext, source: string) {
    this.home = mkdtempSync(join(tmpdir(), 'springline-component-'));
    this.folder = join(this.home, 'agent', 'connect-sync');
    mkdirSync(this.folder, { recursive: true });
    const bundle = join(this.home, 'component.mjs');
    writeFileSync(bundle, prelude + source);
    const log: Log = { ...silentLog, warn: (event, fields = {}) => void this.ends.push({ event, ...fields }) };
    const program = () => ({ runtime: process.execPath, bundle, version: '0.0' });
    const place = { component: 'connect-sync', program, folder: this.folder, home: this.home } as const;
    this.component = new ComponentProcess(place, log, () => queueMicrotask(() => this.#look()));
    t.after(async () => {
      const { pid } = this.component;
      if (pid !== undefined && this.component.view().state !== 'stopped') killQuietly(pid);
      await this.component.stop();
      rmSync(this.home, { recursive: true, force: true });
    });
  }

  /** Resolves when the component's view changed so that `isTrue` holds. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isTrue, resolve });
      this.#look();
    });
  }

  becomes(state: string): Promise<void> {
    return this.until(() => this.component.view().state === state);
  }

  async started(): Promise<void> {
    this.component.start();
    await this.becomes('running');
  }

  #look(): void {
    for (const waiting of [...this.#waiting]) {
      if (!waiting.isTrue()) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.resolve();
    }
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const patience = { timeout: 20_000 };

test('a component that is ready runs, with its version and its memory', patience, async (t) => {
  const bench = new Bench(t, answering('null'));
  assert.equal(bench.component.view().state, 'stopped');
  bench.component.start();
  assert.equal(bench.component.view().state, 'starting');
  await bench.becomes('running');
  const { component, version, rssBytes } = bench.component.view();
  assert.deepEqual({ component, version }, { component: 'connect-sync', version: '1.2.3.4' });
  assert.ok(rssBytes! > 1_000_000);
});

test('calls are answered each with its own result, in whatever order', patience, async (t) => {
  const bench = new Bench(t, answering('method + parameters.n'));
  await bench.started();
  const answers = await Promise.all([1, 2, 3].map((n) => bench.component.call('m', { n })));
  assert.deepEqual(answers, ['m1', 'm2', 'm3']);
});

test('a component may refuse a call with a code and a sentence', patience, async (t) => {
  const refusing = `process.on('message', ({ id }) => process.send({ type: 'refusal', id, code: 'no', message: 'never' }));`;
  const bench = new Bench(t, `${refusing}${endsWithItsChannel}ready();`);
  await bench.started();
  await assert.rejects(bench.component.call('m', {}), { name: 'CallError', code: 'no', message: 'never' });
});

test('what never ran cannot be asked', patience, async (t) => {
  const bench = new Bench(t, '');
  await assert.rejects(bench.component.call('m', {}), {
    code: 'component-not-running',
    message: 'connect-sync is stopped',
  });
});

test(
  'a component that is starting is asked when it works; where it fails instead, the answer says why',
  patience,
  async (t) => {
    const slow = answering('method').replace('ready();', 'setTimeout(ready, 300);');
    const bench = new Bench(t, slow);
    bench.component.start();
    assert.equal(bench.component.view().state, 'starting');
    assert.equal(await bench.component.call('m', {}), 'm');

    const failing = new Bench(t, 'setTimeout(() => process.exit(7), 300);');
    failing.component.start();
    await assert.rejects(failing.component.call('m', {}), {
      code: 'component-not-running',
      message: 'connect-sync is failing: ended with code 7',
    });
  },
);

test('a component gets an empty environment, its home, and no descriptor but the error log', patience, async (t) => {
  const bench = new Bench(t, answering('[Object.keys(process.env), process.argv.slice(2)]'));
  process.env['SPRINGLINE_TEST_SECRET'] = 'hunter2';
  t.after(() => delete process.env['SPRINGLINE_TEST_SECRET']);
  await bench.started();
  const [names, words] = (await bench.component.call('m', {})) as [string[], string[]];
  // Node's own two words for the channel; it removes them before the component runs.
  assert.deepEqual(names, []);
  assert.deepEqual(words, [bench.home]);
});

test(
  'by node:fs a component writes its store and nothing else, no slot either, and it starts no programs',
  patience,
  async (t) => {
    const bench = new Bench(
      t,
      answering(`[
      attempt(() => writeFileSync(parameters.own, 'x')),
      attempt(() => writeFileSync(parameters.outside, 'x')),
      attempt(() => writeFileSync(parameters.around, 'x')),
      attempt(() => writeFileSync(parameters.slot, 'x')),
      attempt(() => spawnSync('/bin/true')),
      attempt(() => process.binding('spawn_sync')),
      attempt(() => readFileSync(parameters.readable)),
    ]`),
    );
    await bench.started();
    const outside = join(bench.home, 'agent', 'consent.yaml');
    const own = join(bench.folder, 'state.db');
    const slot = join(bench.folder, 'connect-sync.mjs');
    const readable = join(bench.home, 'component.mjs');
    const around = `${bench.folder}/../identity.json`;
    const answer = (await bench.component.call('m', { own, outside, around, slot, readable })) as string[];
    assert.equal(answer[0], 'done');
    assert.deepEqual(answer.slice(1, 6), Array(5).fill('ERR_ACCESS_DENIED'));
    assert.equal(answer[6], 'done');
    assert.equal(readFileSync(own, 'utf8'), 'x');
    assert.equal(existsSync(outside), false);
  },
);

test('a component that crashes is started again, after pauses that double up to 15 s', patience, async (t) => {
  const bench = new Bench(t, 'process.exit(7);');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  bench.component.start();
  for (const pauseMs of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
    await bench.becomes('failing');
    t.mock.timers.tick(pauseMs - 1);
    assert.equal(bench.component.view().state, 'failing', `not before ${pauseMs} ms`);
    t.mock.timers.tick(1);
    assert.equal(bench.component.view().state, 'starting', `after ${pauseMs} ms`);
  }
  await bench.becomes('failing');
  assert.equal(bench.component.view().detail, 'ended with code 7');
  assert.equal(bench.ends.length, 8);
  assert.deepEqual(bench.ends[0], {
    event: 'component.ended',
    component: 'connect-sync',
    reason: 'ended with code 7',
  });
});

test('a crash ends the calls that were under way, and later ones learn why', patience, async (t) => {
  const bench = new Bench(t, `process.on('message', () => process.kill(process.pid, 'SIGKILL')); ready();`);
  await bench.started();
  await assert.rejects(bench.component.call('m', {}), { code: 'component-not-running', message: 'connect-sync ended' });
  await assert.rejects(bench.component.call('m', {}), {
    code: 'component-not-running',
    message: 'connect-sync is failing: ended by SIGKILL',
  });
});

test(
  'a component that cannot work says what to do, and keeps saying it while it is started again',
  patience,
  async (t) => {
    const stuck = `process.send({ type: 'stuck', code: 'consent-missing', message: 'write it' }, () => process.exit(1));`;
    const bench = new Bench(t, stuck);
    bench.component.start();
    await bench.becomes('failing');
    assert.equal(bench.component.view().detail, 'consent-missing: write it');
  },
);

test('stopping closes the channel, and the component ends by itself', patience, async (t) => {
  const bench = new Bench(t, answering('null'));
  await bench.started();
  const pid = bench.component.pid!;
  await bench.component.stop();
  assert.equal(isAlive(pid), false);
  assert.equal(bench.component.view().state, 'stopped');
  assert.deepEqual(bench.ends, [], 'an end that was asked for is no failure');
});

test('a component that ignores the closed channel is killed after 6 s', patience, async (t) => {
  const bench = new Bench(
    t,
    `process.on('disconnect', () => undefined); setInterval(() => undefined, 1_000); ready();`,
  );
  await bench.started();
  const pid = bench.component.pid!;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const stopped = bench.component.stop();
  t.mock.timers.tick(5_999);
  assert.equal(isAlive(pid), true);
  t.mock.timers.tick(1);
  await stopped;
  assert.equal(isAlive(pid), false);
});

test('stopping while it waits for the next start leaves nothing behind that would start it', patience, async (t) => {
  const bench = new Bench(t, 'process.exit(1);');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  bench.component.start();
  await bench.becomes('failing');
  await bench.component.stop();
  t.mock.timers.tick(60_000);
  assert.equal(bench.component.view().state, 'stopped');
  assert.equal(bench.ends.length, 1);
});

test('a component that cannot be started is tried again', patience, async (t) => {
  const bench = new Bench(t, answering('1'));
  const { execPath } = process;
  t.after(() => {
    process.execPath = execPath;
  });
  process.execPath = join(bench.home, 'no-such-program');
  bench.component.start();
  await bench.becomes('failing');
  assert.match(bench.component.view().detail ?? '', /cannot be started/);
  process.execPath = execPath;
  await bench.becomes('running');
});

test(
  'a component that hangs is killed after four questions without an answer, and started again',
  patience,
  async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const bench = new Bench(t, answering('1'));
    await bench.started();
    const hung = bench.component.pid!;
    process.kill(hung, 'SIGSTOP');
    t.mock.timers.tick(5 * 15_000);
    await bench.becomes('failing');
    assert.match(bench.component.view().detail ?? '', /did not answer for 60 s/);
    await bench.becomes('running');
    assert.notEqual(bench.component.pid, hung);
  },
);
