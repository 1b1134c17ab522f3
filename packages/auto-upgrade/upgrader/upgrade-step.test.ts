import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  isTerminal,
  nextStep,
  type Recovery,
  recoveryOf,
  stepAfter,
  type UpgradeEvent,
  type UpgradeStep,
} from './upgrade-step.ts';

const steps = Object.keys(nextStep) as UpgradeStep[];
const events = Object.keys(nextStep.idle) as UpgradeEvent[];
/** What a look may end in without an upgrade. */
const resting: readonly UpgradeStep[] = ['idle', 'ineligible', 'waiting'];

const possible = (step: UpgradeStep): readonly UpgradeEvent[] =>
  events.filter((event) => nextStep[step][event] !== undefined);

/** A legal run from rest, as the steps it goes through; `choices` picks among the events that are possible. */
const runs = fc.array(fc.nat(99), { maxLength: 60 }).map((choices) => {
  const run: UpgradeStep[] = ['idle'];
  for (const choice of choices) {
    const step = run.at(-1)!;
    const open = possible(step);
    run.push(stepAfter(step, open[choice % open.length]!));
  }
  return run;
});

test('the table has a cell for each step and event, and every step that it names is a step', () => {
  for (const step of steps) {
    assert.deepEqual(Object.keys(nextStep[step]).sort(), [...events].sort(), step);
    for (const event of possible(step)) assert.ok(steps.includes(nextStep[step][event]!), `${step} ${event}`);
  }
});

test('from every step some events lead back to rest', () => {
  for (const step of steps) {
    const reached = new Set<UpgradeStep>([step]);
    for (const from of reached) for (const event of possible(from)) reached.add(nextStep[from][event]!);
    assert.ok(reached.has('idle'), `nothing leads from ${step} to idle`);
  }
});

test('no event is lost for want of a way on: every step that can be reached has a possible event', () => {
  fc.assert(fc.property(runs, (run) => run.every((step) => possible(step).length > 0)));
});

test('an attempt that goes on, good or bad, comes to an end after at most eleven events', () => {
  const longest = (step: UpgradeStep, length: number, run: readonly UpgradeStep[]): number => {
    assert.ok(!run.includes(step), `${[...run, step].join(', ')} goes round`);
    if (isTerminal(step) || resting.includes(step)) return length;
    return Math.max(...possible(step).map((event) => longest(nextStep[step][event]!, length + 1, [...run, step])));
  };
  assert.equal(longest('checking', 0, []), 11);
});

test('an event that cannot happen in a step is told as a fault and changes nothing', () => {
  assert.throws(() => stepAfter('idle', 'drained'), /an upgrade in the step idle cannot have the event drained/);
  assert.throws(() => stepAfter('committed', 'failed'), /committed/);
});

test('a failure before the old build was asked to let go aborts, and after it rolls back', () => {
  const aborting = steps.filter((step) => nextStep[step].failed === 'aborted');
  assert.deepEqual(aborting, ['checking', 'downloading', 'verified', 'staged', 'preflight', 'last-look', 'warming']);
  const returning = steps.filter((step) => nextStep[step].failed === 'rolling-back');
  assert.deepEqual(returning, ['draining', 'activating', 'probation']);
});

test('committed is reached by proof and by nothing else', () => {
  const ways = steps.flatMap((step) =>
    events.filter((event) => nextStep[step][event] === 'committed').map((event) => `${step} ${event}`),
  );
  assert.deepEqual(ways, ['probation proven']);
});

/** What recovery makes of a step, as events of the same table; the link decides where it must. */
function recovered(step: UpgradeStep, linkNamesNew: boolean): UpgradeStep {
  const ways: Record<Recovery, () => UpgradeStep> = {
    rest: () => step,
    settle: () => step,
    forget: () => back(step),
    'follow-link': () => (linkNamesNew ? stepAfter(stepAfter(step, 'activated'), 'proven') : back(step)),
    prove: () => stepAfter(step, 'proven'),
    'go-back': () => stepAfter(step, 'restored'),
  };
  return ways[recoveryOf[step]]();
}

function back(step: UpgradeStep): UpgradeStep {
  const failed = stepAfter(step, 'failed');
  return failed === 'aborted' ? failed : stepAfter(failed, 'restored');
}

test('an agent killed after any prefix of an upgrade recovers to an end of it, whatever the link names', () => {
  fc.assert(
    fc.property(runs, fc.nat(59), fc.boolean(), (run, killedAt, linkNamesNew) => {
      const step = run[killedAt % run.length]!;
      const end = recovered(step, linkNamesNew);
      assert.ok(isTerminal(end) || [...resting, 'checking'].includes(end), `${step} recovers to ${end}`);
      if (isTerminal(end)) assert.equal(stepAfter(end, 'settled'), 'idle');
    }),
  );
});

test('every step has its recovery, and only steps without an attempt rest', () => {
  assert.deepEqual(Object.keys(recoveryOf), steps);
  const rests = steps.filter((step) => recoveryOf[step] === 'rest');
  assert.deepEqual(rests, ['idle', 'checking', 'ineligible', 'waiting']);
  assert.deepEqual(
    steps.filter((step) => recoveryOf[step] === 'settle'),
    steps.filter(isTerminal),
  );
});

test('the machine prints as a table of steps, what leads on, and what a restart does', () => {
  const lines = steps.map((step) => {
    const on = possible(step).map((event) => `${event} → ${nextStep[step][event]}`);
    return `| ${step} | ${on.join(', ')} | ${recoveryOf[step]} |`;
  });
  assert.equal(`${['| step | event → step | after a restart |', '|---|---|---|', ...lines].join('\n')}\n`, printed);
});

const printed = `\
| step | event → step | after a restart |
|---|---|---|
| idle | look → checking, settled → idle | rest |
| checking | refused → ineligible, held → waiting, begun → downloading, failed → aborted, settled → idle | rest |
| ineligible | look → checking, settled → idle | rest |
| waiting | look → checking, settled → idle | rest |
| downloading | verified → verified, failed → aborted | forget |
| verified | unpacked → staged, failed → aborted | forget |
| staged | tried → preflight, failed → aborted | forget |
| preflight | looked → last-look, failed → aborted | forget |
| last-look | confirmed → warming, failed → aborted | forget |
| warming | warmed → draining, failed → aborted | forget |
| draining | drained → activating, failed → rolling-back | forget |
| activating | activated → probation, failed → rolling-back | follow-link |
| probation | proven → committed, failed → rolling-back | prove |
| committed | settled → idle | settle |
| rolling-back | restored → rolled-back | go-back |
| rolled-back | settled → idle | settle |
| aborted | settled → idle | settle |
`;
