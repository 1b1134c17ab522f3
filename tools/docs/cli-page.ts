/** `docs/reference/cli.md`: the command line, from the same declarations that parse it. */
import { buildProgram } from '@springline/cli/springline';
import { code, tableOf } from './markdown.ts';

type Program = ReturnType<typeof buildProgram>;

export function cliPage(): string {
  const commands = runnable(buildProgram(), []);
  return `# Command line

From a clone: \`npx springline …\`. \`--help\` works on every command.

- Plain text is for people; \`--json\` prints one JSON value for programs.
- Exit code 0 done, 1 refused or failed, 2 misused. An error is one sentence on standard error; with \`--json\`
  it is one line of JSON there: \`{"error":{"code":"…","message":"…"}}\`, without a code where the error has none.
- \`--home\` is the folder with everything that belongs to one installation; default \`.springline\`.
- Colour only on a terminal, and not when \`NO_COLOR\` is set.

${tableOf(
  ['command', 'what it does'],
  commands.map(({ path, command }) => [`[${path}](#${path.replaceAll(' ', '-')})`, sentence(command.description())]),
)}

${commands.map(({ path, command }) => section(path, command)).join('\n\n')}
`;
}

/** Commands that do something, in the order of the help; \`sync deletes\` does, and has commands below it. */
function runnable(command: Program, path: readonly string[]): { path: string; command: Program }[] {
  const below = command.commands.flatMap((sub) => runnable(sub, [...path, sub.name()]));
  const isGroup = path.length === 0 || (command.commands.length > 0 && command.options.length === 0);
  return isGroup ? below : [{ path: path.join(' '), command }, ...below];
}

function section(path: string, command: Program): string {
  const parts = [
    `## ${path}`,
    sentence(command.description()),
    `\`\`\`text\nnpx springline ${usageOf(path, command)}\n\`\`\``,
  ];
  if (command.registeredArguments.length > 0) {
    const rows = command.registeredArguments.map((argument) => [
      code(argument.name()),
      [sentence(argument.description), ...choicesOf(argument.argChoices)].join(' '),
    ]);
    parts.push(tableOf(['argument', 'meaning'], rows));
  }
  if (command.options.length > 0) {
    const rows = command.options.map(({ flags, description, defaultValue, mandatory }) => [
      code(flags),
      `${sentence(description)}${mandatory ? ' Required.' : ''}`,
      defaultValue === undefined ? '' : code(String(defaultValue)),
    ]);
    parts.push(tableOf(['option', 'meaning', 'default'], rows));
  }
  const examples = examplesOf(command);
  if (examples !== '') parts.push(`\`\`\`sh\n${examples}\n\`\`\``);
  return parts.join('\n\n');
}

function usageOf(path: string, command: Program): string {
  const options = command.options.length > 0 ? ['[options]'] : [];
  const words = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return [path, ...options, ...words].join(' ');
}

function choicesOf(choices: readonly string[] | undefined): string[] {
  return choices === undefined ? [] : [`One of ${choices.map(code).join(', ')}.`];
}

/** What the help shows below the options, as it would be typed in a clone. */
function examplesOf(command: Program): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  const examples = help.split(/^Examples:\n/m)[1] ?? '';
  return examples
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^ {2}/, '').replace(/(^|[(\s])springline (?=\S)/, '$1npx springline '))
    .map((line) => line.replace(/^(npx springline .*?\S) {3,}(\S.*)$/, '# $2\n$1'))
    .join('\n');
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?:]$/.test(first) ? first : `${first}.`;
}
