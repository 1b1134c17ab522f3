/** Roles and scopes in words, and what is wrong with a form before it is sent. */
import type { Scope } from '@springline/api/route';
import { givenName, type RoleName, tokenLifetimeDays } from '@springline/api/shapes/access';

export const roleWords: Readonly<Record<RoleName, { readonly title: string; readonly may: string }>> = {
  administrator: { title: 'Administrator', may: 'May do everything of the tenant.' },
  'release-manager': { title: 'Release manager', may: 'Plans, halts and resumes rollouts; opens campaigns.' },
  'rollout-approver': { title: 'Rollout approver', may: 'Approves what widens a rollout, with a passkey.' },
  reader: { title: 'Reader', may: 'Sees everything but settings and the audit log; changes nothing.' },
  application: { title: 'Application', may: 'For programs: reads the directory by SCIM.' },
};

export const scopeWords: Readonly<Record<Scope, string>> = {
  read: 'See agents, upgrades and campaigns',
  'directory.read': 'Read users and groups (SCIM)',
  administer: 'Administer: agents, people, tokens, channels, audit log',
  'upgrade.manage': 'Plan, halt and resume rollouts; open campaigns',
  'upgrade.approve': 'Hand in approvals',
};

/** What is wrong with the name of a person, a token or a channel. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'Give a name.';
  return givenName.safeParse(name.trim()).success
    ? undefined
    : "Letters, digits, inner spaces and . _ @ + ' -, beginning with a letter or digit, at most 100.";
}

export function lifetimeProblem(days: string): string | undefined {
  const count = Number(days);
  return Number.isInteger(count) && count >= 1 && count <= tokenLifetimeDays.max
    ? undefined
    : `A whole number of days, from 1 to ${tokenLifetimeDays.max}.`;
}

/** `a@b, c@d` as a list. */
export const addressesIn = (text: string): string[] => text.split(/[\s,;]+/).filter((address) => address !== '');

export interface EmailForm {
  readonly name: string;
  readonly smtp: string;
  readonly from: string;
  readonly to: string;
  readonly user: string;
  readonly password: string;
}

export const emptyEmail: EmailForm = { name: 'email', smtp: '', from: '', to: '', user: '', password: '' };

export function emailProblem({ name, smtp, from, to, user, password }: EmailForm): string | undefined {
  const wrongName = nameProblem(name);
  if (wrongName !== undefined) return `Name: ${wrongName}`;
  if (!/^smtps?:\/\/[^\s/]+$/.test(smtp.trim())) return 'Mail server: smtp://host:port or smtps://host:port.';
  const addresses = addressesIn(to);
  if (![from.trim(), ...addresses].every((address) => /^[^\s@]+@[^\s@]+$/.test(address)) || addresses.length === 0) {
    return 'From and To: addresses such as ops@example.org.';
  }
  return (user === '') === (password === '') ? undefined : 'User and password come together.';
}

export function webhookProblem(name: string, url: string): string | undefined {
  const wrongName = nameProblem(name);
  if (wrongName !== undefined) return `Name: ${wrongName}`;
  return /^https?:\/\/\S+$/.test(url.trim()) ? undefined : 'Address: https://host/path.';
}
