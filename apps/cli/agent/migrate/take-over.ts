/**
 * The steps in which exporting passes from the old server to the new one, and back if that fails. None takes the export
 * lease by force: the new server gets it when the old one gave it back, or is not heard any more (rule S16).
 */
import { setTimeout as wait } from 'node:timers/promises';
import { loadStaging, saveStaging } from '@springline/agent/staging';
import { systemClock } from '@springline/ports/clock';
import { callControlPlane } from '../../control-plane-client.ts';
import { CommandError, oneLine } from '../../output.ts';
import { callSync } from '../../sync-call.ts';
import { type Totals, totalsText } from './differences.ts';
import { identityOf, isAnswering, runToEnd, stagingOf } from './server.ts';
import { type MigrationWorld, type Passed, requireNoThird, type Say } from './world.ts';

const pollMs = 500;

export async function demoting(world: MigrationWorld, say: Say): Promise<Passed> {
  const { plan, journal, line } = world;
  const { home, force, waitMs } = plan;
  const { old } = journal;
  const own = identityOf(home).agentId;
  if (old?.home !== undefined) {
    if (await isAnswering(old.home)) {
      const { staging, lease } = await callSync(old.home, 'staging.demote', {});
      if (!staging || lease?.agent === old.agentId) throw new CommandError(`${old.home} did not give up exporting`);
      return { words: `${oneLine(old.hostName)} stages` };
    }
    if (!force) {
      throw new CommandError(
        `no agent runs in ${old.home}. Start it, so that it gives up exporting; or, if it never will again, run this with --force`,
      );
    }
    // When it comes back, it stages.
    saveStaging(old.home, true, systemClock.now());
  }
  const view = await stagingOf(home);
  requireNoThird(view, own, old);
  if (view.lease === null || view.lease.agent === own) return { words: 'nobody exports' };
  if (force) return { words: `${oneLine(view.lease.holder)} is not asked` };
  const host = oneLine(view.lease.holder);
  line(`  On ${host}: npx springline sync staging demote`);
  say(`waiting for ${host}`);
  const deadline = performance.now() + waitMs;
  while ((await stagingOf(home)).lease !== null) {
    if (performance.now() > deadline) {
      throw new CommandError(
        `${host} did not give up exporting. Demote it there and run this again; if it is dead, run this with --force`,
      );
    }
    await wait(pollMs);
  }
  return { words: `${host} stages` };
}

export async function promoting({ plan, journal: { old } }: MigrationWorld, say: Say): Promise<Passed> {
  const { home, force, waitMs } = plan;
  const own = identityOf(home).agentId;
  const deadline = performance.now() + waitMs;
  for (;;) {
    const view = await stagingOf(home);
    if (!view.staging && view.lease?.agent === own) return { words: `${home} exports` };
    requireNoThird(view, own, old);
    try {
      await callSync(home, 'staging.promote', {});
    } catch (error) {
      // A dead server keeps its lease for some minutes; one that lives keeps it, and then this ends here.
      const isHeld = error instanceof CommandError && error.message.includes('(export-lease-held)');
      if (!isHeld || !force || performance.now() > deadline) throw error;
      say('waiting for the lease of the old server to end');
      await wait(Math.min(10_000, waitMs));
    }
  }
}

/** The new server first, so that never two of them export. */
export async function goingBack({ plan: { home }, journal: { old }, line }: MigrationWorld): Promise<Passed> {
  if (await isAnswering(home)) await callSync(home, 'staging.demote', {});
  else saveStaging(home, true, systemClock.now());
  if (old === undefined || old.wasStaging === true) return { words: 'nobody exports, as before' };
  if (old.home === undefined) {
    const { lease } = await stagingOf(home);
    if (lease?.agent !== old.agentId) line(`  On ${oneLine(old.hostName)}: npx springline sync staging promote`);
    return { words: `${home} stages` };
  }
  if (!(await isAnswering(old.home))) {
    saveStaging(old.home, false, systemClock.now());
    return { words: `${old.home} exports when it is started again` };
  }
  const { staging, lease } = await callSync(old.home, 'staging.promote', {});
  if (staging || lease?.agent !== old.agentId) throw new CommandError(`${old.home} does not export again`);
  return { words: `${old.home} exports, as before` };
}

export async function verifying({ plan, journal }: MigrationWorld, say: Say): Promise<Passed> {
  const { home, yes } = plan;
  const { old, expected } = journal;
  say('a cycle');
  await runToEnd(home, false);
  const { staging, lease } = await stagingOf(home);
  if (staging || lease?.agent !== identityOf(home).agentId) throw new CommandError(`${home} does not export`);
  if (old?.home !== undefined && !loadStaging(old.home).staging) {
    throw new CommandError(
      `${old.home} does not stage any more, though ${home} exports. Demote it: springline sync staging demote --home ${old.home}`,
    );
  }
  const exported = await exportedSince(home, expected?.lastRun ?? 0);
  const isUnexpected =
    expected !== undefined &&
    (exported.add > expected.add || exported.update > expected.update || exported.delete > expected.delete);
  if (isUnexpected && !yes) {
    throw new CommandError(
      `the new server exported ${totalsText(exported)}, and ${totalsText(expected)} were expected. If the source changed meanwhile, go on with --yes. If not: springline sync staging demote --home ${home}, then promote the old server`,
    );
  }
  return { words: `exported ${totalsText(exported)}${isUnexpected ? ', more than expected' : ''}` };
}

async function exportedSince(home: string, run: number): Promise<Totals> {
  const runs = (await callSync(home, 'history', { limit: 200 })).filter(({ number }) => number > run);
  const steps = runs.flatMap((each) => each.steps).filter(({ profile }) => profile === 'Export');
  const sum = (counter: string): number => steps.reduce((all, { counters }) => all + (counters[counter] ?? 0), 0);
  return { add: sum('export-add'), update: sum('export-update'), delete: sum('export-delete') };
}

export async function retiring(world: MigrationWorld): Promise<Passed> {
  const { plan, journal, line } = world;
  const { old } = journal;
  if (old === undefined) return { words: 'there was none' };
  if (plan.keepOld) return { words: `${oneLine(old.hostName)} is kept, and stages` };
  const place = world.place();
  if (place === undefined) {
    throw new CommandError(
      'the new server exports; to retire the old one, an administrator is needed: name a file with their token in SPRINGLINE_TOKEN_FILE and run this again, or keep it with --keep-old',
    );
  }
  const { agents } = await callControlPlane(place, 'listAgents');
  const known = agents.find(({ id }) => id === old.agentId);
  if (known !== undefined && known.state !== 'revoked') {
    await callControlPlane(place, 'revokeAgent', undefined, { params: { agentId: old.agentId } });
  }
  const where = old.home ?? `its home on ${oneLine(old.hostName)}`;
  line(
    `  Uninstall the old server: stop its agent, then remove the folder agent in ${where}. Its identity works no more.`,
  );
  return { words: `agent ${old.agentId} is revoked` };
}
