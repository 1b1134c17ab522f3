/** People and their roles, and bearer tokens of programs: who may do what. */
import { z } from 'zod';
import { scopes } from '../route.ts';
import { instant, uuid } from './text.ts';

export const roleNames = [
  'administrator',
  'release-manager',
  'rollout-approver',
  'reader',
  'application',
] as const satisfies readonly string[];
export const roleName = z.enum(roleNames);
export type RoleName = z.infer<typeof roleName>;

/** The name of a person, token or channel: what people type, so no control characters and no space at either end. */
export const givenName = z
  .string()
  .min(1)
  .max(100)
  .regex(
    /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._@+'-]*[\p{L}\p{M}\p{N}._@+'-])?$/u,
    "letters, digits, inner spaces and . _ @ + ' -, beginning with a letter or digit",
  );

const scopeList = z.array(z.enum(scopes));

export const personView = z
  .strictObject({
    id: uuid,
    name: givenName,
    role: roleName,
    /** What the role may do in this tenant. */
    scopes: scopeList,
    createdAt: instant,
  })
  .meta({ id: 'Person' });
export type PersonView = z.infer<typeof personView>;
export const peopleAnswer = z.strictObject({ people: z.array(personView) }).meta({ id: 'People' });
export const addPersonBody = z.strictObject({ name: givenName, role: roleName }).meta({ id: 'AddPerson' });
export const changePersonBody = z.strictObject({ role: roleName }).meta({ id: 'ChangePerson' });
export const personParams = z.strictObject({ personId: uuid });

/** Days that a token lives at most; nobody remembers one for longer. */
export const tokenLifetimeDays = { default: 90, max: 366 } as const;

export const tokenView = z
  .strictObject({
    id: uuid,
    name: givenName,
    /** In whose place it acts. It never may do more than they. */
    person: z.strictObject({ id: uuid, name: givenName }),
    scopes: scopeList,
    createdAt: instant,
    /** Absent: only the admin token of the home has no end. */
    expiresAt: instant.optional(),
    /** To the minute. Absent: never used. */
    lastUsedAt: instant.optional(),
  })
  .meta({ id: 'Token' });
export type TokenView = z.infer<typeof tokenView>;
export const tokensAnswer = z.strictObject({ tokens: z.array(tokenView) }).meta({ id: 'Tokens' });
export const createTokenBody = z
  .strictObject({
    name: givenName,
    scopes: scopeList.min(1).max(scopes.length),
    lifetimeDays: z.int().min(1).max(tokenLifetimeDays.max).default(tokenLifetimeDays.default),
    /** For whom; default: whoever asks. */
    personId: uuid.optional(),
  })
  .meta({ id: 'CreateToken' });
/** `secret` is shown here and never again. */
export const tokenCreated = tokenView.extend({ secret: z.string() }).meta({ id: 'TokenCreated' });
export const tokenParams = z.strictObject({ tokenId: uuid });
