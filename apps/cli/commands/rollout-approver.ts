/** `springline rollout approver …`: whose passkeys approve what widens. Works on the signer's own files, through no API. */
import { resolve } from 'node:path';
import { type WideningRule, wideningRules } from '@springline/auto-upgrade/hus/signer-message';
import { Argument, type Command } from 'commander';
import { homeCommand } from '../home-command.ts';
import { print, printJson, table } from '../output.ts';
import {
  type ApproverList,
  approverFrom,
  approverList,
  changedList,
  changeList,
  withApprover,
  withoutApprover,
} from '../rollout/approver-file.ts';
import { readSmallJson } from '../small-file.ts';
import { type Changing, type Common, say } from './person.ts';

type Change = Parameters<typeof changedList>[1];

const fileLimitBytes = 16 * 1024;
const dryRun = ['--dry-run', 'say what would change, write nothing'] as const;

const meaning: Readonly<Record<WideningRule, string>> = {
  'at-once': 'what widens is signed at once',
  delay: 'what widens waits for a day, or for two approvers',
  'two-people': 'what widens waits for two approvers',
};

export function registerApprover(rollout: Command): void {
  const approver = rollout
    .command('approver')
    .description("whose passkeys approve what widens; on the signer's machine, in its own files, through no API");
  homeCommand(approver, 'list', 'every approver, and how what widens becomes allowed', [
    'rollout approver list',
    'rollout approver list --json | jq ".approvers[].name"',
  ]).action(({ home, json }: Common) => {
    const list = approverList(resolve(home));
    if (json === true) printJson(list);
    else print(describe(list));
  });
  homeCommand(approver, 'add', 'let a passkey approve; the portal gives its file when the passkey is made', [
    'rollout approver add ada.json --dry-run',
    'rollout approver add ada.json',
    'rollout approver add - < ada.json',
  ])
    .argument('<file>', 'JSON with name, credentialId, publicKey, rpId and origin; - for standard input')
    .option(...dryRun)
    .action((file: string, words: Changing) => {
      const added = approverFrom(readSmallJson(file, fileLimitBytes), file === '-' ? 'standard input' : file);
      const what = `${added.name}, with a passkey for ${added.origin}`;
      return change(words, (before) => withApprover(before, added), `approver ${what}`, 'add');
    });
  homeCommand(
    approver,
    'remove',
    'let a passkey approve nothing any more; what it approved and still waits no longer counts',
    ['rollout approver remove "Ada Okonkwo" --dry-run', 'rollout approver remove "Ada Okonkwo"'],
  )
    .argument('<name>', 'the approver')
    .option(...dryRun)
    .action((name: string, words: Changing) =>
      change(words, (before) => withoutApprover(before, name), `approver ${name}`, 'remove'),
    );
  homeCommand(approver, 'rule', 'show, or make stricter, how what widens becomes allowed', [
    'rollout approver rule',
    'rollout approver rule two-people --dry-run',
  ])
    .addArgument(new Argument('[rule]', 'never less strict than keys and approvers ask for').choices(wideningRules))
    .option(...dryRun)
    .action((rule: WideningRule | undefined, words: Changing) => {
      if (rule !== undefined) return change(words, (before) => ({ ...before, rule }), `the rule ${rule}`, 'set');
      const list = approverList(resolve(words.home));
      const { inForce, file } = list;
      say(words.json, { inForce, set: list.rule, file }, ruleWords(list));
    });
}

const done = { add: 'added', remove: 'removed', set: 'set' } as const;

async function change(words: Changing, apply: Change, what: string, verb: keyof typeof done): Promise<void> {
  const home = resolve(words.home);
  const isPlan = words.dryRun === true;
  const after = isPlan ? changedList(home, apply) : await changeList(home, apply);
  const sentence = `${isPlan ? `would ${verb}` : done[verb]} ${what}, in ${after.file}`;
  say(words.json, { ...after, ...(isPlan ? { dryRun: true } : {}) }, `${shown(sentence)}\n${ruleWords(after)}`);
}

function describe(list: ApproverList): string {
  const rows = list.approvers.map(({ name, origin, credentialId }) => [name, origin, credentialId.slice(0, 16)]);
  return [
    rows.length === 0
      ? 'There is no approver. The portal makes a passkey for one: springline rollout approver add FILE'
      : table([['NAME', 'PORTAL', 'PASSKEY'], ...rows]),
    '',
    ruleWords(list),
    `kept in ${list.file}`,
  ].join('\n');
}

function ruleWords({ rule, inForce, approvers }: ApproverList): string {
  const count = `${approvers.length} ${approvers.length === 1 ? 'approver' : 'approvers'}`;
  const unlike = rule === undefined || rule === inForce ? '' : ` (${rule} is set; keys and approvers ask for more)`;
  const words = `in force with ${count}: ${inForce}, ${meaning[inForce]}${unlike}`;
  // Set by a person, it is no weaker for an approver who is missing.
  return inForce === 'two-people' && approvers.length < 2
    ? `${words}\nthere are not two: what waits goes on waiting; add an approver, or choose another rule: springline rollout approver rule delay`
    : words;
}

/** A name that somebody else chose. */
function shown(text: string): string {
  return table([[text]]);
}
