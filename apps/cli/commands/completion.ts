/** `springline completion`: words for the shell, made from the commands themselves. */
import { Argument, type Command } from 'commander';
import { print } from '../output.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print the completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  source <(springline completion bash)
  springline completion fish > ~/.config/fish/completions/springline.fish`,
    )
    .action((shell: (typeof shells)[number]) => print(completionScript(program, shell)));
}

/** Path of a command (`sync deletes`) -> the words that may follow it. */
export function completionWords(program: Command): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, readonly string[]>();
  const visit = (command: Command, path: string): void => {
    const names = command.commands.map((sub) => sub.name());
    words.set(path, [...names, ...command.options.flatMap(({ long }) => long ?? []), '--help']);
    for (const sub of command.commands) visit(sub, path === '' ? sub.name() : `${path} ${sub.name()}`);
  };
  visit(program, '');
  return words;
}

function completionScript(program: Command, shell: (typeof shells)[number]): string {
  const words = [...completionWords(program)];
  if (shell === 'fish') {
    return words
      .flatMap(([path, next]) => {
        const seen =
          path === ''
            ? '__fish_use_subcommand'
            : path
                .split(' ')
                .map((word) => `__fish_seen_subcommand_from ${word}`)
                .join('; and ');
        return next.map((word) =>
          word.startsWith('--')
            ? `complete -c springline -n '${seen}' -l ${word.slice(2)}`
            : `complete -c springline -f -n '${seen}' -a ${word}`,
        );
      })
      .join('\n');
  }
  const cases = words.map(([path, next]) => `    '${path}') words='${next.join(' ')}' ;;`).join('\n');
  const bash = `_springline() {
  local path='' word words='' current="\${COMP_WORDS[COMP_CWORD]}" at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    [[ $word == -* ]] || path="\${path:+$path }$word"
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _springline springline`;
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}
