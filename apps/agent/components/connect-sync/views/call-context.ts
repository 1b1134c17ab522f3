/**
 * What calls work with: the engine as it is, and what only the component can do for them. Nothing here changes while a
 * call is answered, except by what the call itself asks for.
 */
import type { StagingView } from '@springline/api/shapes/sync';
import type { Trial } from '@springline/connect-sync/preview/preview';
import type { SingleObjectPorts } from '@springline/connect-sync/preview/synchronise-object';
import type { ConnectorKind } from '@springline/connect-sync/rules/rule';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import type { Schedule } from '../status.ts';

export interface CallContext {
  readonly engine: Engine;
  /** The rules of the host, those that are switched off among them. */
  readonly ruleSet: RuleSet;
  /** The component's own folder; plans are kept below it. */
  readonly folder: string;
  schedule(): Schedule;
  /** Every connector in its order, the cloud's last. */
  connectors(): readonly ConnectorFacts[];
  /** Runs a cycle and resolves when it has ended. */
  runCycle(options: RunOptions): Promise<void>;
  /**
   * Runs `work` while no cycle runs.
   *
   * @throws {CallError} `cycle-in-progress`
   */
  exclusively<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** A copy of the store to try something on, with these rules or those of the host. The caller closes it. */
  openTrial(ruleSet: RuleSet | undefined): Promise<OpenTrial>;
  singleObject(signal: AbortSignal): SingleObjectPorts;
  readonly staging: StagingCalls;
}

export interface ConnectorFacts {
  readonly name: string;
  readonly kind: ConnectorKind;
  /** In words: `ldaps://dc1.contoso.example`. */
  readonly source: string;
  /** Naming contexts, domains or files. */
  readonly partitions: readonly string[];
  readonly isRunning: boolean;
  readonly fullImportRequired: boolean;
}

export interface RunOptions {
  readonly full: boolean;
  readonly profile?: string;
  readonly connector?: string;
}

export interface OpenTrial extends Trial {
  /** Removes the copy. */
  close(): Promise<void>;
}

export interface StagingCalls {
  readonly isStaging: boolean;
  view(): Promise<StagingView>;
  promote(options: { readonly force: boolean }): Promise<StagingView>;
  demote(): Promise<StagingView>;
}
