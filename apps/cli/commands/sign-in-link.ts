/** `springline sign-in-link`: a link that signs one person in to the portal, once. */
import type { Command } from 'commander';
import { callControlPlane, controlPlaneUrl } from '../control-plane-client.ts';
import { print, printJson } from '../output.ts';

export function registerSignInLink(program: Command): void {
  program
    .command('sign-in-link')
    .description('make a link that signs one person in to the portal, once, within 15 minutes')
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--json', 'for programs')
    .addHelpText('after', '\nExamples:\n  springline sign-in-link\n  springline sign-in-link --home ./lab --json')
    .action(async ({ home, json }: { home: string; json?: boolean }) => {
      const link = await callControlPlane({ home, url: controlPlaneUrl(home, 8743) }, 'createSignInLink');
      if (json === true) printJson(link);
      else print(link.url);
    });
}
