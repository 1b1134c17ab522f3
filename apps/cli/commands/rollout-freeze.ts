/** `springline rollout freeze …`: times in which nothing is installed anywhere. */
import type { Command } from 'commander';
import { instantFrom, minuteText } from '../amounts.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, print, printJson, table } from '../output.ts';
import { firstPolicyNotes } from '../rollout/first-policy.ts';
import { type Changing, type Common, findByName, placeOf, say } from './person.ts';
import { waits } from './rollout-change.ts';

interface AddWords extends Changing {
  readonly from: string;
  readonly until: string;
}

export function registerFreeze(rollout: Command): void {
  const freeze = rollout.command('freeze').description('times in which nothing is installed anywhere');
  homeCommand(freeze, 'list', 'every freeze that is set', ['rollout freeze list']).action(
    async ({ home, json }: Common) => {
      const { freezes, signerProblem } = await callControlPlane(placeOf(home), 'listRollouts');
      if (signerProblem !== undefined) throw new CommandError(oneLine(signerProblem));
      if (json === true) return printJson({ freezes });
      const rows = freezes.map(({ name, from, until }) => [name, ...[from, until].map(textOf)]);
      print(rows.length === 0 ? 'no freeze is set' : table([['NAME', 'FROM', 'UNTIL'], ...rows]));
    },
  );
  homeCommand(freeze, 'add', 'install nothing in a time; one of the same name is replaced', [
    'rollout freeze add "end of year" --from 2026-12-18T00:00:00Z --until 2027-01-04T00:00:00Z --dry-run',
    'rollout freeze add "end of year" --from 2026-12-18T00:00:00+01:00 --until 2027-01-04T00:00:00+01:00',
  ])
    .argument('<name>', 'what the freeze is called')
    .requiredOption('--from <instant>', 'its beginning')
    .requiredOption('--until <instant>', 'its end; from here on things are installed again')
    .option('--dry-run', 'say what would be set, change nothing')
    .action(async (name: string, words: AddWords) => {
      const { home, json } = words;
      const [from, until] = [instantFrom(words.from, '--from'), instantFrom(words.until, '--until')];
      if (until <= from) throw new CommandError('--until must be later than --from', 2);
      const wanted = { name: name.normalize('NFC'), from, until };
      const what = `freeze ${oneLine(name)}: from ${textOf(from)} until ${textOf(until)}`;
      const place = placeOf(home);
      if (words.dryRun === true) {
        const notes = await firstPolicyNotes(place);
        return say(json, { addFreeze: wanted, notes, dryRun: true }, [`would set ${what}`, ...notes].join('\n'));
      }
      const answer = await callControlPlane(place, 'changeRolloutPolicy', { addFreeze: wanted });
      say(json, answer, answer.pending.length === 0 ? `set ${what}` : waits(answer.pending, place.url));
    });
  homeCommand(freeze, 'remove', 'end a freeze early; it may wait for approval', [
    'rollout freeze remove "end of year" --dry-run',
    'rollout freeze remove "end of year"',
  ])
    .argument('<name>', 'the freeze')
    .option('--dry-run', 'say what would be removed, change nothing')
    .action(async (name: string, { home, json, dryRun }: Changing) => {
      const place = placeOf(home);
      const { freezes, signerProblem } = await callControlPlane(place, 'listRollouts');
      if (signerProblem !== undefined) throw new CommandError(oneLine(signerProblem));
      const found = findByName(freezes, name, 'freeze');
      const what = `freeze ${oneLine(found.name)}, until ${textOf(found.until)}`;
      if (dryRun === true) return say(json, { removeFreeze: found, dryRun: true }, `would remove ${what}`);
      const answer = await callControlPlane(place, 'changeRolloutPolicy', { removeFreeze: found.name });
      say(json, answer, answer.pending.length === 0 ? `removed ${what}` : waits(answer.pending, place.url));
    });
}

function textOf(instant: string): string {
  return minuteText(Date.parse(instant));
}
