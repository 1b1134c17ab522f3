/** `springline sync connectors`, `search`, `object`, `explain`: what Connect Sync knows of objects, and why. */
import type { MvObjectView } from '@springline/api/shapes/sync-objects';
import type { ScopeClauseView } from '@springline/api/shapes/sync-rules';
import { scopeOperators } from '@springline/connect-sync/rules/rule';
import { type Command, Option } from 'commander';
import { homeCommand } from '../home-command.ts';
import { nestedWords } from '../nested-words.ts';
import { CommandError, oneLine, print, printJson } from '../output.ts';
import { callSync } from '../sync-call.ts';
import {
  describeConnectors,
  describeCsObject,
  describeExplanation,
  describeMvObject,
  describeMvRows,
  describeRows,
} from '../sync-words.ts';
import { wholeNumber } from '../whole-number.ts';

interface Common {
  readonly home: string;
  readonly json?: boolean;
}
interface CsWords extends Common {
  readonly connector?: string;
  readonly scope?: 'subtree' | 'pending-import' | 'pending-export' | 'error' | 'disconnected' | 'transient';
  readonly dn?: string;
  readonly anchor?: string;
  readonly limit: number;
}
interface MvWords extends Common {
  readonly where: readonly ScopeClauseView[];
  readonly type?: string;
  readonly limit: number;
}

const pageLimit = 200;

export function registerObjects(sync: Command): void {
  homeCommand(
    sync,
    'connectors',
    'the directories and the cloud: what they hold, what waits, how the last step ended',
    ['sync connectors', 'sync connectors --json'],
  ).action(async ({ home, json }: Common) => {
    const { connectors } = await callSync(home, 'connectors', {});
    if (json === true) printJson(connectors);
    else print(describeConnectors(connectors));
  });
  registerSearch(sync);
  homeCommand(sync, 'object', 'one object of a connector space or of the metaverse, whole', [
    'sync object "CN=Ada Okonkwo,OU=Staff,DC=contoso,DC=example"',
    'sync object 4711',
    'sync object 4711 --xml > ada.xml',
  ])
    .argument('<object>', 'DN, anchor, sourceAnchor, or the id that a search names')
    .option('--connector <name>', 'look only there')
    .option('--xml', 'as cs-object XML')
    .action(showObject);
  homeCommand(sync, 'explain', 'why an attribute is as it is: which rule gave it, what lost, what the cloud gets', [
    'sync explain "CN=Ada Okonkwo,OU=Staff,DC=contoso,DC=example" department',
    'sync explain i7Lm0aQfT0mCq8T2Jt3uVg== proxyAddresses --json',
  ])
    .argument('<object>', 'DN, anchor, sourceAnchor or id')
    .argument('<attribute>', 'name in the metaverse, or in the cloud directory')
    .action(async (object: string, attribute: string, { home, json }: Common) => {
      const explanation = await callSync(home, 'explain', { object, attribute });
      if (json === true) printJson(explanation);
      else print(describeExplanation(explanation));
    });
}

function registerSearch(sync: Command): void {
  const search = homeCommand(
    sync,
    'search',
    'objects by any text in their attributes, with where each value comes from',
    [
      'sync search "ada okonkwo"',
      'sync search ada.okonkwo@contoso.example --json',
      'sync search cs okonkwo --connector contoso.example',
      'sync search mv --where department EQUAL Sales --type person',
    ],
  )
    .argument('<text>', 'a part of a name, address or anchor')
    .option('--limit <count>', 'how many, 100 at most', wholeNumber, 20)
    .action(async (text: string, { home, json, limit }: Common & { limit: number }) => {
      const { items } = await callSync(home, 'search.mv', { text, limit: Math.min(limit, 100) });
      const objects: MvObjectView[] = [];
      for (const { id } of items) objects.push(await callSync(home, 'mv.object', { id }));
      if (json === true) printJson(objects);
      else print(objects.length === 0 ? `nothing holds ${oneLine(text)}` : objects.map(describeMvObject).join('\n\n'));
      if (objects.length === 0) process.exitCode = 1;
    });
  homeCommand(search, 'cs', 'search in the connector space of one connector', [
    'sync search cs okonkwo --connector contoso.example',
    'sync search cs --scope pending-export --connector "Cloud directory"',
    'sync search cs --scope subtree --dn "OU=Staff,DC=contoso,DC=example"',
  ])
    .argument('[text]', 'a part of a DN; in the cloud, of any attribute')
    .option('--connector <name>', 'which; the first one when none is named')
    .addOption(
      new Option('--scope <scope>', 'only objects of which this is true').choices([
        ...['subtree', 'pending-import', 'pending-export', 'error', 'disconnected', 'transient'],
      ]),
    )
    .option('--dn <dn>', 'the object of this DN; with --scope subtree, all below it')
    .option('--anchor <anchor>', 'the object with this anchor: GUID, Base64 or the text of the cloud')
    .option('--limit <count>', 'how many', wholeNumber, 50)
    .action(async (text: string | undefined, _: CsWords, command: Command) => {
      const { home, json, limit, ...words } = nestedWords<CsWords>(command);
      const connector = words.connector ?? (await firstConnector(home));
      const asked = {
        ...{ connector, ...(text === undefined ? {} : { text }) },
        ...(words.scope === undefined ? {} : { scope: words.scope }),
        ...(words.dn === undefined ? {} : { dn: words.dn }),
        ...(words.anchor === undefined ? {} : { anchor: words.anchor }),
      };
      const rows = await pages(limit, (page) => callSync(home, 'search.cs', { ...asked, ...page }));
      show(json, rows, describeRows);
    });
  homeCommand(search, 'mv', 'search in the metaverse, by text or by clauses', [
    'sync search mv okonkwo',
    'sync search mv --where department EQUAL Sales --where title ISNULL --type person',
  ])
    .argument('[text]', 'a part of any attribute')
    .option('--where <clause...>', 'attribute, operator and value; every clause must hold', clauseWords, [])
    .option('--type <type>', 'only objects of this type')
    .option('--limit <count>', 'how many', wholeNumber, 50)
    .action(async (text: string | undefined, _: MvWords, command: Command) => {
      const { home, json, limit, where, type } = nestedWords<Omit<MvWords, 'where'> & { where: string[] }>(command);
      const clauses = clausesFrom(where);
      const asked = {
        ...(text === undefined ? {} : { text }),
        ...(clauses.length === 0 ? {} : { clauses }),
        ...(type === undefined ? {} : { type }),
      };
      const rows = await pages(limit, (page) => callSync(home, 'search.mv', { ...asked, ...page }));
      show(json, rows, describeMvRows);
    });
}

function clauseWords(word: string, before: string[]): string[] {
  return [...before, word];
}

/** `attribute operator value` again and again; the operators about null have no value. */
function clausesFrom(words: readonly string[]): ScopeClauseView[] {
  const clauses: ScopeClauseView[] = [];
  for (let at = 0; at < words.length; ) {
    const [attribute, word] = [words[at]!, words[at + 1]];
    const operator = scopeOperators.find((each) => each === word?.toUpperCase());
    if (operator === undefined) {
      throw new CommandError(`--where: after ${oneLine(attribute)} one of ${scopeOperators.join(', ')} is needed`, 2);
    }
    const isAlone = operator === 'ISNULL' || operator === 'ISNOTNULL';
    const value = isAlone ? '' : words[at + 2];
    if (value === undefined) throw new CommandError(`--where: ${attribute} ${operator} needs a value`, 2);
    clauses.push({ attribute, operator, value });
    at += isAlone ? 2 : 3;
  }
  return clauses;
}

async function firstConnector(home: string): Promise<string> {
  const { connectors } = await callSync(home, 'connectors', {});
  const first = connectors[0];
  if (first === undefined) throw new CommandError('this host has no connector');
  return first.name;
}

/** Goes on until enough is found or there is no more: a page may be short, or empty, in between. */
async function pages<T>(
  limit: number,
  ask: (page: { limit: number; after?: string }) => Promise<{ items: T[]; next?: string | undefined }>,
): Promise<readonly T[]> {
  const items: T[] = [];
  for (let after: string | undefined; ; ) {
    const page = await ask({
      limit: Math.min(pageLimit, limit - items.length),
      ...(after === undefined ? {} : { after }),
    });
    items.push(...page.items);
    after = page.next;
    if (after === undefined || items.length >= limit) return items;
  }
}

function show<T>(json: boolean | undefined, found: readonly T[], describe: (found: readonly T[]) => string): void {
  if (json === true) printJson(found);
  else print(found.length === 0 ? 'nothing was found' : describe(found));
  if (found.length === 0) process.exitCode = 1;
}

async function showObject(
  object: string,
  { home, json, xml, connector }: Common & { xml?: boolean; connector?: string },
): Promise<void> {
  if (json === true && xml === true) throw new CommandError('choose one of --json and --xml', 2);
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(object) && xml !== true && connector === undefined) {
    const found = await callSync(home, 'mv.object', { id: object }).catch(unlessUnknown);
    if (found !== undefined) {
      if (json === true) printJson(found);
      else print(describeMvObject(found));
      return;
    }
  }
  const id = await idOf(home, object, connector);
  const found = await callSync(home, 'cs.object', { id });
  if (json === true) printJson(found);
  else print(xml === true ? found.export.trimEnd() : describeCsObject(found));
}

/** An agent that knows no such object says so; any other trouble is the caller's. */
function unlessUnknown(error: unknown): undefined {
  if (error instanceof CommandError && /\(object-unknown\)$/.test(error.message)) return undefined;
  throw error;
}

async function idOf(home: string, object: string, only: string | undefined): Promise<string> {
  const { connectors } = await callSync(home, 'connectors', {});
  const names = only === undefined ? connectors.map(({ name }) => name) : [only];
  for (const connector of names) {
    const by = object.includes('=') && !/^[A-Za-z0-9+/]+={1,2}$/.test(object) ? { dn: object } : { anchor: object };
    const { items } = await callSync(home, 'search.cs', { connector, ...by, limit: 1 });
    if (items[0] !== undefined) return items[0].id;
  }
  if (/^\d{1,15}$/.test(object)) return object;
  throw new CommandError(`nothing has the DN, anchor or id ${oneLine(object)}. Search: springline sync search`);
}
