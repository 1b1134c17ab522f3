/** All handlers of the platform part. */
import type { Clock } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import type { Handlers } from '../http/handler.ts';
import type { RootPins } from '../repository/root-pins.ts';
import type { Database } from '../storage/database.ts';
import { agentHandlers } from './agents.ts';
import { auditHandlers } from './audit.ts';
import type { Changes } from './changes.ts';
import { enrolmentHandlers } from './enrolment.ts';
import type { DirectoryCounts } from './home.ts';
import { homeHandlers } from './home-events.ts';
import { peopleHandlers } from './people.ts';
import { signInHandlers } from './sign-in.ts';
import { tenantHandlers } from './tenants.ts';
import { tokenHandlers } from './tokens.ts';

export interface PlatformDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly changes: Changes;
  readonly directoryCounts: DirectoryCounts;
  /** `x` of the Ed25519 key that signs answers. */
  readonly controlPlaneKey: string;
  readonly rootPins: () => Promise<RootPins>;
  readonly scenario?: string;
  publicUrl(): string;
}

type PlatformRoute =
  | keyof ReturnType<typeof signInHandlers>
  | keyof ReturnType<typeof peopleHandlers>
  | keyof ReturnType<typeof tokenHandlers>
  | keyof ReturnType<typeof tenantHandlers>
  | keyof ReturnType<typeof homeHandlers>
  | keyof ReturnType<typeof agentHandlers>
  | keyof ReturnType<typeof enrolmentHandlers>
  | keyof ReturnType<typeof auditHandlers>;

export function platformHandlers(deps: PlatformDeps): Pick<Handlers, PlatformRoute> {
  return {
    ...signInHandlers(deps),
    ...peopleHandlers(deps),
    ...tokenHandlers(deps),
    ...tenantHandlers(deps),
    ...homeHandlers(deps),
    ...agentHandlers(deps),
    ...enrolmentHandlers(deps),
    ...auditHandlers(deps),
  };
}
