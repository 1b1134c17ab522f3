/** `springline rollout …`: which build opens to which hosts, when, and who said so. */
import { systemClock } from '@springline/ports/clock';
import type { Command } from 'commander';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, print, printJson } from '../output.ts';
import { describeApprovals, findPending, portalOf } from '../rollout/approvals.ts';
import { describeRollout, describeRollouts, haltedWords } from '../rollout/describe.ts';
import { findRollout } from '../rollout/find-rollout.ts';
import { type Changing, type Common, placeOf, say } from './person.ts';
import { registerApprover } from './rollout-approver.ts';
import { registerRolloutChanges } from './rollout-change.ts';
import { registerRolloutCreate } from './rollout-create.ts';
import { registerFreeze } from './rollout-freeze.ts';
import { registerRolloutWatch } from './rollout-watch.ts';

export function registerRollout(program: Command): void {
  const rollout = program.command('rollout').description('which build opens to which hosts, when, and who approved it');
  registerRolloutCreate(rollout);
  homeCommand(rollout, 'list', 'every rollout, newest first, with what its hosts reported', [
    'rollout list',
    'rollout list --json | jq \'.rollouts[] | select(.state == "running")\'',
  ]).action(async ({ home, json }: Common) => {
    const all = await callControlPlane(placeOf(home), 'listRollouts');
    if (json === true) printJson(all);
    else print(describeRollouts(all, systemClock.now()));
  });
  homeCommand(rollout, 'show', 'rings, what hosts reported, what happens next, what waits', [
    'rollout show connect-sync@1.2.4.0',
    'rollout show 0192d4e0',
    'rollout show 0192d4e0 --json | jq .rollout.rings',
  ])
    .argument('<id>', 'the rollout: its id, the beginning of it, or COMPONENT@VERSION')
    .action(async (id: string, { home, json }: Common) => {
      const place = placeOf(home);
      const all = await callControlPlane(place, 'listRollouts');
      const found = findRollout(all.rollouts, id);
      const pending = all.pending.filter(({ rolloutId }) => rolloutId === found.rolloutId);
      if (json === true) return printJson({ rollout: found, pending });
      print(describeRollout(found, pending, place.url, systemClock.now()));
      if (all.isHalted) print(`\n${haltedWords(all.haltReason)}`);
      if (all.signerProblem !== undefined) print(`\n${oneLine(all.signerProblem)}`);
    });
  registerRolloutWatch(rollout);
  registerRolloutChanges(rollout);
  registerFreeze(rollout);
  homeCommand(rollout, 'approvals', 'what waits for approval: until when, by whom approved, and where to approve it', [
    'rollout approvals',
    'rollout approvals --json | jq ".pending[].what"',
  ]).action(async ({ home, json }: Common) => {
    const place = placeOf(home);
    const { pending, allowed = [], rule, approvers, signerProblem } = await callControlPlane(place, 'listRollouts');
    // Nothing known is not the same as nothing waiting.
    if (signerProblem !== undefined) throw new CommandError(oneLine(signerProblem));
    if (json === true) return printJson({ rule, approvers, pending, allowed, portal: portalOf(place.url) });
    print(
      describeApprovals(
        { pending, allowed, approvers, ...(rule === undefined ? {} : { rule }) },
        place.url,
        systemClock.now(),
      ),
    );
  });
  homeCommand(rollout, 'withdraw', 'take back what waits for approval, or is allowed and not done', [
    'rollout withdraw 3f9a17c2 --dry-run',
    'rollout withdraw 3f9a17c2',
  ])
    .argument('<digest>', 'its digest, or the beginning of it')
    .option('--dry-run', 'say what would be taken back, change nothing')
    .action(async (digest: string, { home, json, dryRun }: Changing) => {
      const place = placeOf(home);
      const { pending, allowed = [], signerProblem } = await callControlPlane(place, 'listRollouts');
      if (signerProblem !== undefined) throw new CommandError(oneLine(signerProblem));
      const found = findPending([...pending, ...allowed], digest);
      const what = oneLine(found.what);
      if (dryRun === true) return say(json, { withdrawn: found, dryRun: true }, `would take back: ${what}`);
      const answer = await callControlPlane(place, 'withdrawApproval', undefined, { params: { digest: found.digest } });
      say(json, { withdrawn: found, ...answer }, `taken back: ${what}`);
    });
  registerApprover(rollout);
}
