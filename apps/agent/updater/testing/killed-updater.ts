/**
 * The Agent Updater from source, in which processes are ended by SIGKILL once a step of an upgrade is in the journal and
 * before anything of that step is done. For tests only.
 *
 *   killed-updater HOME KILLS   KILLS: JSON list of {"whom", "step"}, each carried out once
 *
 * Further ones may be sent over its channel as `{type: 'kill', whom, step}`, and are answered by `{type: 'planned'}`.
 *
 * It says `{type: 'state-held'}` when a process has the state open while the link is switched.
 *
 * `whom`: `updater` (this process), `upgrader`, `component` (the process that works), `next` (the one that is warm), or
 * the id of a process of the test's own.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { UpgradeStep } from '@springline/auto-upgrade/upgrader/upgrade-step';
import { runUpdater } from '../main.ts';

export interface Kill {
  readonly whom: 'updater' | 'upgrader' | 'component' | 'next' | number;
  readonly step: UpgradeStep;
}

/** Processes that this one started. */
function children(): readonly number[] {
  const list = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  return list.split(' ').map(Number).filter(Boolean);
}

/** The child that was started with `--warm` and that the upgrade is about to activate. */
function warmProcess(): number | undefined {
  return children().findLast((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0--warm'));
}

function isStateHeld(): boolean {
  return children().some((pid) => filesOf(pid).some((file) => file.endsWith('/state.db')));
}

function filesOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`));
  } catch {
    return []; // It has just ended.
  }
}

function main(): void {
  const [home = '', kills = '[]'] = process.argv.slice(2);
  const planned = JSON.parse(kills) as Kill[];
  process.on('message', ({ type, ...kill }: Kill & { readonly type: string }) => {
    if (type !== 'kill') return;
    planned.push(kill);
    process.send?.({ type: 'planned' });
  });
  void runUpdater([home], (record, { upgrader, component }) => {
    const isSwitch = record.step === 'activating' && record.component !== 'agent-updater';
    if (isSwitch && isStateHeld()) process.send?.({ type: 'state-held' });
    const at = planned.findIndex(({ step }) => step === record.step);
    if (at < 0) return;
    const [{ whom }] = planned.splice(at, 1) as [Kill];
    const processes = { updater: process.pid, upgrader, component, next: warmProcess() };
    const pid = typeof whom === 'number' ? whom : processes[whom];
    process.send?.({ type: 'killed', whom, step: record.step, pid });
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  });
}

if (import.meta.main) main();
