/** `springline notices …`: what people hear of though they are not looking, and by which channels. */
import { readFileSync } from 'node:fs';
import type { NoticeChannelView, NoticesAnswer } from '@springline/api/shapes/notice';
import type { Command } from 'commander';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson, relativeTime, table } from '../output.ts';
import { keepSecret } from '../secret-output.ts';
import { type Changing, type Common, findByName, type Place, placeOf, say } from './person.ts';

interface ChannelWords extends Changing {
  readonly name: string;
  readonly authority?: string;
  readonly allowPrivate?: string;
}

interface EmailWords extends ChannelWords {
  readonly smtp: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly user?: string;
  readonly passwordFile?: string;
}

interface WebhookWords extends ChannelWords {
  readonly url: string;
  readonly out?: string;
}

const dryRun = ['--dry-run', 'say what would be done, change nothing'] as const;

export function registerNotices(program: Command): void {
  const notices = program.command('notices').description('e-mail and webhooks for what people should hear of');
  homeCommand(notices, 'list', 'notices, newest first, and whether they arrived', [
    'notices list',
    'notices list --json | jq ".notices[].deliveries[] | select(.lastError)"',
  ]).action(async ({ home, json }: Common) => {
    const answer = await callControlPlane(placeOf(home), 'listNotices');
    if (json === true) printJson(answer);
    else print(describeNotices(answer));
  });
  const channel = notices.command('channel').description('where notices go');
  const add = channel.command('add').description('send notices somewhere from now on');
  registerAddEmail(add);
  registerAddWebhook(add);
  homeCommand(channel, 'list', 'every channel and where it leads', [
    'notices channel list',
    'notices channel list --json',
  ]).action(async ({ home, json }: Common) => {
    const answer = await callControlPlane(placeOf(home), 'listNoticeChannels');
    if (json === true) printJson(answer);
    else print(describeChannels(answer.channels));
  });
  homeCommand(channel, 'remove', 'send nothing there any more, also not what is due', [
    'notices channel remove webhook --dry-run',
    'notices channel remove webhook',
  ])
    .argument('<name>', 'the channel')
    .option(...dryRun)
    .action(async (name: string, words: Changing) => {
      const { home, json } = words;
      const place = placeOf(home);
      const found = await findChannel(place, name);
      const what = `${found.name}: ${found.kind} to ${found.target}`;
      if (words.dryRun === true) return say(json, { channel: found, dryRun: true }, `would remove ${what}`);
      await callControlPlane(place, 'removeNoticeChannel', undefined, { params: { channelId: found.id } });
      say(json, { channel: found }, `removed ${what}`);
    });
  homeCommand(channel, 'test', 'send a test notice now, once, and say how it went; exit code 1 when it did not', [
    'notices channel test email',
  ])
    .argument('<name>', 'the channel')
    .action(async (name: string, { home, json }: Common) => {
      const place = placeOf(home);
      const { id } = await findChannel(place, name);
      const tried = await callControlPlane(place, 'testNoticeChannel', undefined, { params: { channelId: id } });
      say(json, tried, tried.outcome === 'sent' ? `sent, notice ${tried.noticeId}` : `not sent: ${tried.problem}`);
      if (tried.outcome === 'failed') process.exitCode = 1;
    });
}

function registerAddEmail(add: Command): void {
  const command = homeCommand(add, 'email', 'send notices by e-mail; TLS is required', [
    'notices channel add email --smtp smtp://mail.example.org:587 --from springline@example.org --to ops@example.org',
    'notices channel add email --smtp smtps://mail.example.org --from springline@example.org --to ops@example.org --user springline --password-file smtp.password',
    'notices channel add email --smtp smtp://10.0.0.25:25 --allow-private 10.0.0.25 --from springline@example.org --to ops@example.org --dry-run',
  ])
    .requiredOption('--smtp <url>', 'the mail server: smtp://HOST:PORT (STARTTLS) or smtps://HOST:PORT')
    .requiredOption('--from <address>', 'sender')
    .requiredOption('--to <addresses...>', 'recipients')
    .option('--user <name>', 'account at the mail server')
    .option('--password-file <file>', 'file with the password of the account in its first line');
  channelOptions(command, 'email').action(async (words: EmailWords) => {
    const { home, json, smtp, from, to, user, passwordFile } = words;
    const wanted = { ...commonOf(words), smtp, from, to, ...(user === undefined ? {} : { user }) };
    const password = passwordFile === undefined ? {} : { password: firstLine(passwordFile) };
    if (words.dryRun === true) {
      return say(json, { ...wanted, dryRun: true }, `would send notices to ${to.join(', ')} by ${smtp}`);
    }
    const added = await callControlPlane(placeOf(home), 'addEmailChannel', { ...wanted, ...password });
    say(json, added, `notices go to ${added.target}. Try it: springline notices channel test ${added.name}`);
  });
}

function registerAddWebhook(add: Command): void {
  const command = homeCommand(add, 'webhook', 'post notices to a URL, signed; the signing secret is shown once', [
    'notices channel add webhook --url https://hooks.example.org/springline --out webhook.secret',
    'notices channel add webhook --url http://10.0.0.7:8080/in --allow-private 10.0.0.7 --dry-run',
  ])
    .requiredOption('--url <url>', 'where to post; https, or http to a host that --allow-private names')
    .option('--out <file>', 'write the secret to this new file, readable by its owner only, and not to the terminal');
  channelOptions(command, 'webhook').action(async (words: WebhookWords) => {
    const { home, json, url, out } = words;
    const wanted = { ...commonOf(words), url };
    if (words.dryRun === true) return say(json, { ...wanted, dryRun: true }, `would post notices to ${url}`);
    const made = await keepSecret(out, () => callControlPlane(placeOf(home), 'addWebhookChannel', wanted));
    const { secret, ...shown } = made;
    if (json === true) printJson(out === undefined ? made : shown);
    else if (out === undefined) print(secret);
    const where = out === undefined ? 'shown once, now' : `written to ${out}`;
    process.stderr.write(`notices go to ${made.target}; the signing secret is ${where}\n`);
  });
}

function channelOptions(command: Command, name: string): Command {
  return command
    .option('--name <name>', 'what the channel is called', name)
    .option('--authority <file>', 'PEM file of the authority to trust, where the system does not know it')
    .option('--allow-private <host>', 'the host of the address, again: it may be loopback or private')
    .option(...dryRun);
}

function commonOf({ name, authority, allowPrivate }: ChannelWords) {
  return {
    name,
    ...(authority === undefined ? {} : { authority: textOf(authority) }),
    ...(allowPrivate === undefined ? {} : { allowPrivate }),
  };
}

function firstLine(path: string): string {
  const [line = ''] = textOf(path).split(/\r?\n/, 1);
  if (line === '') throw new CommandError(`${path} has no password in its first line`);
  return line;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CommandError(`${path} cannot be read: ${(cause as Error).message}`, 1, { cause });
  }
}

async function findChannel(place: Place, name: string): Promise<NoticeChannelView> {
  const { channels } = await callControlPlane(place, 'listNoticeChannels');
  return findByName(channels, name, 'channel');
}

function describeChannels(channels: readonly NoticeChannelView[]): string {
  if (channels.length === 0) return 'notices go nowhere yet: springline notices channel add --help';
  return table([['NAME', 'KIND', 'TO'], ...channels.map(({ name, kind, target }) => [name, kind, target])]);
}

function describeNotices({ notices }: NoticesAnswer): string {
  if (notices.length === 0) return 'no notices yet';
  const rows = notices.flatMap(({ createdAt, kind, subject, deliveries }) =>
    (deliveries.length === 0 ? [undefined] : deliveries).map((delivery) => [
      relativeTime(createdAt),
      kind,
      delivery?.channel ?? '-',
      delivery === undefined ? 'no channel' : stateWords(delivery),
      subject,
    ]),
  );
  return table([['MADE', 'KIND', 'CHANNEL', 'STATE', 'SUBJECT'], ...rows]);
}

function stateWords(delivery: NoticesAnswer['notices'][number]['deliveries'][number]): string {
  const { state, attempts, nextAt, lastError } = delivery;
  const problem = lastError === undefined ? '' : `: ${lastError}`;
  if (state === 'due' && attempts > 0) return `tried ${attempts} times, again ${relativeTime(nextAt)}${problem}`;
  return `${state}${problem}`;
}
