/**
 * The stable words that our programs say (error codes, step results, counters, log events, audit actions), found in the
 * text of their sources. A test holds them against what the documents list, both ways.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './documents.ts';

/** Word -> a file that says it. */
export type Found = ReadonlyMap<string, string>;

interface Vocabulary {
  /** Files that may say such a word. */
  readonly files: RegExp;
  /** Each finds text in which every quoted word of `form` counts. */
  readonly patterns: readonly RegExp[];
  readonly form: RegExp;
}

const word = /[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*/;
const quoted = `'${word.source}'`;

/** Codes of errors and of faults of objects. */
export const errorCodes: Vocabulary = {
  files: /./,
  patterns: [
    // class X { readonly code: 'a' | 'b' }, readonly code = 'a', { code: 'a' }
    new RegExp(`\\bcode(?::| =)\\s*\\|?\\s*${quoted}(?:\\s*\\|\\s*${quoted})*`, 'g'),
    // type XCode = 'a' | 'b'
    new RegExp(`type \\w+Code =\\s*\\|?\\s*${quoted}(?:\\s*\\|\\s*${quoted})*`, 'g'),
    // new XError('a', …); what a TypeError says is never shown
    new RegExp(`new (?!Expression|Type)\\w+(?:Error|Refusal)\\(\\s*${quoted}(?=\\s*[,)])`, 'g'),
    new RegExp(`(?<=new ExpressionError\\(\\s*'(?:parse|runtime)',\\s*)${quoted}`, 'g'),
    new RegExp(`(?:recordFault|refuse)\\(\\s*(?:work.)?(?:engine|work),\\s*[^';]+?,\\s*${quoted}`, 'g'),
    new RegExp(`\\bcode \\?\\? ${quoted}`, 'g'),
    new RegExp(`\\bfailure\\(\\s*${quoted}`, 'g'),
  ],
  form: word,
};

export const stepResults: Vocabulary = {
  files: /^(packages\/connect-sync|apps\/agent)\//,
  patterns: [/result: '(?:success|in-progress)'/g, /'(?:completed|stopped|no-start)-[a-z-]+'/g],
  form: /success|in-progress|(?:completed|stopped|no-start)-[a-z-]+[a-z]/,
};

export const stepCounters: Vocabulary = {
  files: /^packages\/connect-sync\/run-profile\//,
  patterns: [/\bcounters\.count\((?:[^()]|\([^()]*\))*\)/gi, /'export-(?:add|update|delete)'/g],
  form: /[a-z]+(?:-[a-z]+)+/,
};

/** Events that are logged by name; those of an `events.ts` are found by `usedEvents`. */
const namedEvents: Vocabulary = {
  files: /^apps\//,
  // log.info('a.b', …); const event = … ? 'a.b' : 'c.d', which is logged below
  patterns: [/\blog\.(?:debug|info|warn|error)\(\s*'[^']+'/g, /\bconst event = [^;{]+;/g],
  form: /[a-z-]+\.[a-z-]+/,
};

/** How an upgrade can end, and what a shut gate is called. */
export const upgradeResults: Vocabulary = {
  files: /^apps\/agent\/|^packages\/auto-upgrade\/eligibility\/gate\.ts$/,
  patterns: [/'(?:Success|PreUpgrade[A-Za-z]+|Upgrade(?:Aborted|NotSupported|Failed)[A-Za-z-]+)'/g],
  form: /[A-Z][A-Za-z]+(?:-[A-Za-z]+)?/,
};

export const auditActions: Vocabulary = {
  files: /^apps\/control-plane\//,
  // What a controller does by itself has its name from the news that it gives.
  patterns: [/\baction: [^,}\n]*'[a-z.-]+'/g, /\bkind: 'rollout\.[a-z-]+'/g],
  form: /[a-z-]+\.[a-z-]+/,
};

/** Every word of the vocabulary that a shipped source says. */
export function wordsInSources({ files, patterns, form }: Vocabulary): Found {
  const found = new Map<string, string>();
  const exact = new RegExp(`'(${form.source})'`, 'g');
  for (const [path, text] of shippedSources()) {
    if (!files.test(path)) continue;
    for (const pattern of patterns) {
      for (const [part] of text.matchAll(pattern)) {
        for (const [, said] of part.matchAll(exact)) if (!found.has(said!)) found.set(said!, path);
      }
    }
  }
  return found;
}

/** Every event that some program logs. */
export function loggedEvents(): Found {
  return new Map([...wordsInSources(namedEvents), ...usedEvents()]);
}

/** `export const xEvents = { key: 'a.b' }` of an `events.ts`, as far as another file logs `xEvents.key`. */
function usedEvents(): Found {
  const found = new Map<string, string>();
  const texts = [...shippedSources()];
  for (const [path, text] of texts.filter(([file]) => file.endsWith('/events.ts'))) {
    const table = /export const (\w+) = \{/.exec(text)?.[1];
    for (const [, key, event] of text.matchAll(/^ {2}(\w+): '([a-z-]+\.[a-z-]+)',$/gm)) {
      const use = new RegExp(`\\b${table}\\.${key}\\b`);
      if (texts.some(([, other]) => use.test(other))) found.set(event!, path);
    }
  }
  return found;
}

let sources: ReadonlyMap<string, string> | undefined;

function shippedSources(): ReadonlyMap<string, string> {
  sources ??= new Map(
    globSync('{packages,apps}/**/*.{ts,tsx}', { cwd: repository, exclude: (path) => path.endsWith('node_modules') })
      .filter((path) => !/\.(test|fuzz)\.tsx?$|\/testing\//.test(path))
      .sort()
      .map((path) => [path, readFileSync(join(repository, path), 'utf8')]),
  );
  return sources;
}
