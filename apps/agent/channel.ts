/**
 * What the Agent Updater and its components say to each other over the IPC channel of the component's process. A
 * component exits when the channel closes: then nobody watches it any more. Imports nothing from npm.
 */
import type { SyncStatus } from '@springline/api/shapes/agent';
import type { ExportPlan } from '@springline/auto-upgrade/upgrader/plan-comparison';

/** What a component needs beside its own files; the Updater probes it before it blames a build. */
export type Dependency =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'file'; readonly path: string };

export type FromComponent =
  /** Started with `--warm`: everything is loaded and checked, and the state is not touched before `activate`. */
  | { readonly type: 'warm' }
  /** It holds the state and works. */
  | {
      readonly type: 'ready';
      readonly version: string;
      /** SHA-256 of the configuration as it is understood. */
      readonly configuration?: string;
      readonly dependencies?: readonly Dependency[];
      /** Number of the last cycle that the state knows; those that this build runs come after it. */
      readonly lastCycle?: number;
    }
  /** The state is let go of, whole. */
  | { readonly type: 'drained' }
  /** Started with `--preflight`: what one cycle would export. */
  | { readonly type: 'planned'; readonly plan: ExportPlan }
  | { readonly type: 'status'; readonly status: SyncStatus }
  /** It cannot work until a person does what the sentence says. */
  | { readonly type: 'stuck'; readonly code: string; readonly message: string }
  | { readonly type: 'pong' }
  | { readonly type: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly code: string; readonly message: string };

export type ToComponent =
  /** Answered by `pong`; a component that does not for a minute counts as hung. */
  | { readonly type: 'ping' }
  /** Take the state and work. */
  | { readonly type: 'activate' }
  /** Come to a safe point, let go of the state and say `drained`. */
  | { readonly type: 'drain' }
  | {
      readonly type: 'call';
      readonly id: number;
      readonly method: string;
      readonly parameters: Readonly<Record<string, unknown>>;
    };

/** A call was refused. `code` is stable, the message says what to do. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
