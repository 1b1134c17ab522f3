/** `springline sign-in-link`: a link that signs one person in to the portal, once. */
import type { Command } from 'commander';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { print, printJson } from '../output.ts';
import { findPerson, placeOf } from './person.ts';

interface SignInLinkWords {
  readonly home: string;
  readonly json?: boolean;
  readonly person?: string;
}

export function registerSignInLink(program: Command): void {
  homeCommand(program, 'sign-in-link', 'make a link that signs one person in to the portal, once, within 15 minutes', [
    'sign-in-link',
    'sign-in-link --person "Ada Okonkwo"',
    'sign-in-link --home ./lab --json',
  ])
    .option('--person <name>', 'whom it signs in; default: an administrator')
    .action(async ({ home, json, person }: SignInLinkWords) => {
      const place = placeOf(home);
      const link =
        person === undefined
          ? await callControlPlane(place, 'createSignInLink')
          : await callControlPlane(place, 'createSignInLinkFor', undefined, {
              params: { personId: (await findPerson(place, person)).id },
            });
      if (json === true) printJson(link);
      else print(link.url);
    });
}
