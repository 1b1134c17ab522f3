/** Sign-in, the home page and the audit trail: what people see. */
import { z } from 'zod';
import { scopes } from '../route.ts';
import { agentView, objectErrorShape } from './agent.ts';
import { displayText, instant, uuid } from './text.ts';

export const signInBody = z.strictObject({ linkToken: z.string().regex(/^[A-Za-z0-9_-]{22}$/) }).meta({ id: 'SignIn' });
export const sessionView = z
  .strictObject({
    person: z.strictObject({ id: uuid, name: displayText }),
    tenant: z.strictObject({ id: uuid, name: displayText }),
    scopes: z.array(z.enum(scopes)),
    expiresAt: instant,
    /** Absent in every home but that of a replayed scenario, whose clock is not today’s. */
    scenario: displayText.optional(),
  })
  .meta({ id: 'Session' });
export type SessionView = z.infer<typeof sessionView>;
export const signInLinkCreated = z.strictObject({ url: z.string(), expiresAt: instant }).meta({ id: 'SignInLink' });

export const homeView = z
  .strictObject({
    tenant: z.strictObject({ id: uuid, name: displayText }),
    generatedAt: instant,
    agents: z.array(agentView),
    directory: z.strictObject({ users: z.int(), groups: z.int(), contacts: z.int() }),
    errorCount: z.int(),
    errors: z.array(objectErrorShape.extend({ agentId: uuid, hostName: displayText })),
    /** An older database was put back, and nobody has let rollouts go on since. */
    restored: z.strictObject({ at: instant, reason: z.string().max(1000) }).optional(),
  })
  .meta({ id: 'Home' });
export type HomeView = z.infer<typeof homeView>;

export const auditQuery = z.strictObject({
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const auditEntry = z
  .strictObject({
    sequence: z.int(),
    at: instant,
    /** `person:<name>`, `token:<name>`, `agent:<id>`, `system`, or `operator` for whoever runs the installation. */
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    detail: z.record(z.string(), z.unknown()),
    /** SHA-256 over the previous hash and this entry (hex): a removed or altered entry breaks the chain. */
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });
export const auditAnswer = z.strictObject({ entries: z.array(auditEntry), more: z.boolean() }).meta({ id: 'Audit' });
