/**
 * What the Agent Updater and its components say to each other over the IPC channel of the component's process. A
 * component exits when the channel closes: then nobody watches it any more. Imports nothing from npm.
 */
import type { SyncStatus } from '@springline/api/shapes/agent';

export type FromComponent =
  | { readonly type: 'ready'; readonly version: string }
  | { readonly type: 'status'; readonly status: SyncStatus }
  /** It cannot work until a person does what the sentence says. */
  | { readonly type: 'stuck'; readonly code: string; readonly message: string }
  | { readonly type: 'pong' }
  | { readonly type: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly code: string; readonly message: string };

export type ToComponent =
  /** Answered by `pong`; a component that does not for a minute counts as hung. */
  | { readonly type: 'ping' }
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
