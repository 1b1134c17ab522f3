/**
 * The `npx springline …` commands that documents show, and whether the command line has them: with these options and
 * that many arguments. No command is carried out.
 */
import { buildProgram } from '@springline/cli/springline';
import { codeBlocksIn, codeSpansIn } from './markdown.ts';

export interface ShownCommand {
  /** Behind `springline`. */
  readonly words: readonly string[];
  readonly line: number;
}

const name = /(?:^|[\s(])npx springline(?=\s|$|\))/g;
const shells: readonly string[] = ['sh', 'bash', 'shell', 'console', 'fish', 'zsh'];

/** Commands in shell blocks and in code spans. A `…` at the end stands for whatever may follow. */
export function commandsIn(markdown: string): readonly ShownCommand[] {
  const blocks = codeBlocksIn(markdown)
    .filter(({ language }) => shells.includes(language))
    .flatMap(({ text, line }) =>
      logicalLines(text).map(({ text: command, at }) => ({ text: command, number: line + at })),
    );
  return [...blocks, ...codeSpansIn(markdown)].flatMap(({ text, number }) =>
    [...text.matchAll(name)].map((found) => ({
      words: wordsOf(text.slice(found.index + found[0].length)),
      line: number,
    })),
  );
}

/** What is wrong with a command, in the words of the command line; undefined when it would run. */
export async function faultOfCommand({ words }: ShownCommand): Promise<string | undefined> {
  if (words.at(-1) === '…') return faultOfGroup(words.slice(0, -1));
  const program = buildProgram();
  let complaint = '';
  const silence = (command: typeof program): void => {
    command.configureOutput({
      writeOut: () => undefined,
      writeErr: (text) => {
        complaint += text;
      },
    });
    for (const sub of command.commands) silence(sub);
  };
  silence(program);
  // Reached after options and arguments were checked, and before anything is done.
  program.hook('preAction', () => {
    throw new Sound();
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return 'does nothing';
  } catch (error) {
    if (error instanceof Sound || (error as { exitCode?: number }).exitCode === 0) return undefined;
    return complaint.split('\n')[0] || String(error);
  }
}

class Sound extends Error {}

function faultOfGroup(words: readonly string[]): string | undefined {
  let command = buildProgram();
  for (const word of words) {
    const sub = command.commands.find((candidate) => candidate.name() === word);
    if (sub === undefined) return `there is no command ${words.join(' ')}`;
    command = sub;
  }
  return undefined;
}

/** Lines of a shell block, those that end with a backslash joined with the next. `at` counts lines from 0. */
function logicalLines(text: string): readonly { readonly text: string; readonly at: number }[] {
  const joined: { text: string; at: number }[] = [];
  let goesOn = false;
  for (const [at, line] of text.split('\n').entries()) {
    const body = line.replace(/\\$/, '');
    if (goesOn) joined.at(-1)!.text += body;
    else joined.push({ text: body, at });
    goesOn = body !== line;
  }
  return joined;
}

/** Words up to whatever ends a command in a shell. Quotes group, a backslash takes the next character as it is. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"' || char === "'") {
      const end = text.indexOf(char, at + 1);
      word = (word ?? '') + text.slice(at + 1, end < 0 ? undefined : end);
      at = end < 0 ? text.length : end;
    } else if (char === '\\') {
      word = (word ?? '') + (text[++at] ?? '');
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (/[|;&<>)]/.test(char) || (char === '#' && word === undefined)) {
      break;
    } else {
      word = (word ?? '') + char;
    }
  }
  return word === undefined ? words : [...words, word];
}
