/** `springline campaign …`: notices with a minimum version and a date. */
import type { Minimums } from '@springline/api/shapes/campaign';
import { type CampaignRevision, revisionAt } from '@springline/auto-upgrade/campaign/campaign';
import { daysLeft, longDate } from '@springline/auto-upgrade/campaign/deadline';
import { systemClock } from '@springline/ports/clock';
import type { Command } from 'commander';
import { type CampaignView, daysWords, describeMinimums, describeNotice, noCampaign } from '../campaign/describe.ts';
import { type NoticeFile, type NoticeProblems, problemsOf, readNotice } from '../campaign/notice-file.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, print, printJson, red, table, yellow } from '../output.ts';
import { type Changing, type Common, type Place, placeOf, say } from './person.ts';

const dryRun = ['--dry-run', 'check the notice and show it as people would see it, change nothing'] as const;

export function registerCampaign(program: Command): void {
  const campaign = program.command('campaign').description('notices with a minimum version and a date');
  homeCommand(campaign, 'open', 'open a campaign with a notice file', [
    'campaign open notice.json --dry-run',
    'campaign open notice.json',
  ])
    .argument('<file>', 'JSON with campaignId, name and revisions; - for standard input')
    .option(...dryRun)
    .action((file: string, words: Changing) => put(file, words, 'open'));
  homeCommand(campaign, 'revise', 'add a revision; what was published stays as it is', [
    'campaign revise notice.json --dry-run',
    'campaign revise notice.json',
  ])
    .argument('<file>', 'the notice file with all its revisions; - for standard input')
    .option(...dryRun)
    .action((file: string, words: Changing) => put(file, words, 'revise'));
  homeCommand(campaign, 'list', 'every campaign with its date and whether it goes on', [
    'campaign list',
    'campaign list --json | jq ".campaigns[] | {campaignId, daysLeft}"',
  ]).action(async ({ home, json }: Common) => {
    const answer = await callControlPlane(placeOf(home), 'listCampaigns');
    if (json === true) printJson(answer);
    else print(describeList(answer.campaigns, systemClock.now()));
  });
  homeCommand(campaign, 'show', 'one campaign; the one that runs with who is below', [
    'campaign show',
    'campaign show september-2024 --json',
  ])
    .argument('[id]', 'its id, or the beginning of it; default: the one that runs')
    .action(show);
  homeCommand(campaign, 'end', 'end a campaign: it asks for nothing any more', [
    'campaign end september-2024 --dry-run',
    'campaign end september-2024',
  ])
    .argument('<id>', 'its id, or the beginning of it')
    .option('--dry-run', 'say what would end, change nothing')
    .action(async (id: string, words: Changing) => {
      const { home, json } = words;
      const place = placeOf(home);
      const found = findCampaign((await callControlPlane(place, 'listCampaigns')).campaigns, id);
      const what = `${found.campaignId}: ${oneLine(found.title)}`;
      if (found.endedAt !== undefined)
        throw new CommandError(`${found.campaignId} ended already, on ${dayOf(found.endedAt)}`);
      if (words.dryRun === true) return say(json, { campaign: found, dryRun: true }, `would end ${what}`);
      const params = { campaignId: found.campaignId };
      say(json, await callControlPlane(place, 'endCampaign', undefined, { params }), `ended ${what}`);
    });
}

async function put(file: string, words: Changing, verb: 'open' | 'revise'): Promise<void> {
  const { home, json } = words;
  const notice = readNotice(file);
  const place = placeOf(home);
  const { campaignId } = notice.campaign;
  const known = (await callControlPlane(place, 'listCampaigns')).campaigns.find(
    (each) => each.campaignId === campaignId,
  );
  if (known?.endedAt !== undefined) {
    const when = `${campaignId} ended on ${dayOf(known.endedAt)} and does not begin again`;
    throw new CommandError(`${when}: give the notice another campaignId and open it`);
  }
  if (verb === 'open' && known !== undefined) {
    throw new CommandError(`there is a campaign ${campaignId} already. Add to it: springline campaign revise FILE`);
  }
  if (verb === 'revise' && known === undefined) {
    throw new CommandError(`there is no campaign ${campaignId}. Open it: springline campaign open FILE`);
  }
  if (known !== undefined && notice.campaign.revisions.length <= known.revisions) {
    throw new CommandError(`${campaignId} has ${known.revisions} revisions already; the file is to have one more`);
  }
  if (words.dryRun === true) return showNotice(notice, place, json === true);
  const checked = await checkedNotice(notice, place);
  const answer = await callControlPlane(place, 'putCampaign', notice.json);
  const days = `${longDate(answer.deadline.date)} (${daysWords(answer.daysLeft)})`;
  const did = verb === 'open' ? 'opened' : 'revised';
  const sentence = `${did} ${campaignId}, revision ${answer.revision}: upgrade by ${days}`;
  say(json, { ...answer, ...checked }, [sentence, ...problemLines(checked)].join('\n'));
}

/** What people should know before a notice counts; the service alone refuses one. */
async function checkedNotice({ campaign }: NoticeFile, place: Place): Promise<NoticeProblems> {
  const { agents } = await callControlPlane(place, 'listAgents');
  return problemsOf(campaign.revisions.at(-1)!, place.home, agents, systemClock.now());
}

async function showNotice(notice: NoticeFile, place: Place, isJson: boolean): Promise<void> {
  const { campaign } = notice;
  const now = systemClock.now();
  const newest = campaign.revisions.at(-1)!;
  const checked = await checkedNotice(notice, place);
  const { problems } = checked;
  if (problems.some(({ isRefused }) => isRefused)) process.exitCode = 1;
  if (isJson) return printJson({ campaign, ...checked, dryRun: true });
  const days = daysLeft(newest.deadline, now);
  print([describeNotice(viewOf(newest, campaign.name, days), newest.minimums), ...problemLines(checked)].join('\n'));
  const counted = revisionAt(campaign, now);
  if (counted !== newest) print(`It counts from ${dayOf(new Date(newest.publishedAt).toISOString())} on.`);
}

function viewOf(revision: CampaignRevision, name: string, days: number): Parameters<typeof describeNotice>[0] {
  const { publishedAt, deadline, ...rest } = revision;
  const instants = {
    publishedAt: new Date(publishedAt).toISOString(),
    endsAt: new Date(deadline.endsAt).toISOString(),
  };
  return {
    ...rest,
    name,
    daysLeft: days,
    publishedAt: instants.publishedAt,
    deadline: { ...deadline, endsAt: instants.endsAt },
  };
}

function problemLines({ problems, isChecked }: NoticeProblems): readonly string[] {
  const lines = problems.map(({ component, message, isRefused, code }) => {
    const text = `${component}: ${oneLine(message)} (${code})`;
    return isRefused ? red(`refused: ${text}`) : yellow(`! ${text}`);
  });
  if (!isChecked)
    lines.push(yellow('! Nothing is published in this home: whether a release satisfies it was not looked at.'));
  return lines.length === 0 ? [] : ['', ...lines];
}

async function show(id: string | undefined, { home, json }: Common): Promise<void> {
  const place = placeOf(home);
  const minimums = await callControlPlane(place, 'getMinimums');
  const running = minimums.campaign;
  if (id === undefined && running === undefined) return say(json, {}, noCampaign);
  const { campaigns } = await callControlPlane(place, 'listCampaigns');
  const found = id === undefined ? running! : findCampaign(campaigns, id);
  const counts: Minimums | undefined = found.campaignId === running?.campaignId ? minimums : undefined;
  if (json === true) return printJson({ campaign: found, ...(counts === undefined ? {} : { minimums: counts }) });
  print(describeOne(found, counts, systemClock.now()));
}

/** @param counts Of the campaign that runs. */
export function describeOne(campaign: CampaignView, counts: Minimums | undefined, now: number): string {
  const { campaignId, name, title, note, assumption, revision, revisions, deadline } = campaign;
  return [
    `${campaignId}: ${oneLine(name)}, ${stateOf(campaign, now)}`,
    `revision  ${revision} of ${revisions}, published ${dayOf(campaign.publishedAt)}`,
    `deadline  ${longDate(deadline.date)}, to its end (${oneLine(deadline.zone)})`,
    `title     ${oneLine(title)}`,
    ...(note === undefined ? [] : [`note      ${oneLine(note)}`]),
    ...(assumption === undefined ? [] : [`assumed   ${oneLine(assumption)}`]),
    ...(counts === undefined ? [] : ['', describeMinimums(counts)]),
  ].join('\n');
}

function describeList(campaigns: readonly CampaignView[], now: number): string {
  if (campaigns.length === 0) return 'There is no campaign. Open one: springline campaign open FILE --dry-run';
  const rows = campaigns.map((campaign) => [
    campaign.campaignId,
    `${campaign.revision} of ${campaign.revisions}`,
    campaign.deadline.date,
    stateOf(campaign, now),
    campaign.title,
  ]);
  return table([['CAMPAIGN', 'REVISION', 'UPGRADE BY', 'STATE', 'TITLE'], ...rows]);
}

function stateOf({ endedAt, publishedAt, daysLeft: days }: CampaignView, now: number): string {
  if (endedAt !== undefined) return `ended ${dayOf(endedAt)}`;
  return Date.parse(publishedAt) > now ? `from ${dayOf(publishedAt)} on` : daysWords(days);
}

/** @throws {CommandError} when none or several are meant. */
function findCampaign(campaigns: readonly CampaignView[], text: string): CampaignView {
  const exact = campaigns.find(({ campaignId }) => campaignId === text);
  const found = exact === undefined ? campaigns.filter(({ campaignId }) => campaignId.startsWith(text)) : [exact];
  const [only] = found;
  if (only !== undefined && found.length === 1 && text !== '') return only;
  const names = campaigns.map(({ campaignId }) => campaignId).join(', ');
  const what = found.length > 1 ? 'it is the beginning of several' : 'there is none';
  const list = campaigns.length === 1 ? `; there is ${names}` : `; there are ${names}`;
  throw new CommandError(
    `no campaign is meant by ${JSON.stringify(oneLine(text).slice(0, 80))}: ${what}${names === '' ? '' : list}`,
  );
}

function dayOf(instant: string): string {
  return instant.slice(0, 10);
}
