/** Tenants of an installation, as the people who run it see and add them. */
import { z } from 'zod';
import { givenName, personView, tokenCreated, tokenLifetimeDays } from './access.ts';
import { displayText, instant, uuid } from './text.ts';

/** What people call a tenant, as a company writes itself: no control characters and no space at either end. */
export const tenantName = z
  .string()
  .min(1)
  .max(100)
  .regex(
    /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._@+'&,()-]*[\p{L}\p{M}\p{N}._@+')-])?$/u,
    "letters, digits, inner spaces and . _ @ + ' & , ( ) -, beginning with a letter or digit",
  );

export const tenantView = z
  .strictObject({
    id: uuid,
    name: displayText,
    createdAt: instant,
    /** Whether its people run the installation. */
    isOperator: z.boolean(),
  })
  .meta({ id: 'Tenant' });
export type TenantView = z.infer<typeof tenantView>;
/** The operator's first, then in the order of their making. */
export const tenantsAnswer = z.strictObject({ tenants: z.array(tenantView) }).meta({ id: 'Tenants' });

export const addTenantBody = z
  .strictObject({
    name: tenantName,
    /** What its first administrator is called. */
    administrator: givenName.default('admin'),
    /** Of that administrator's token. */
    lifetimeDays: z.int().min(1).max(tokenLifetimeDays.max).default(tokenLifetimeDays.default),
  })
  .meta({ id: 'AddTenant' });
/** `token.secret` is shown here and never again. */
export const tenantCreated = tenantView
  .extend({ administrator: personView, token: tokenCreated })
  .meta({ id: 'TenantCreated' });
