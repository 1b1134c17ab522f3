/**
 * Tells the control plane which components run here and how sync is doing: at the interval that it asks for, and soon
 * after anything changed. No trouble with it ever stops a component. Imports nothing from npm.
 */
import type { HeartbeatAnswer, Heartbeat as HeartbeatBody } from '@springline/api/shapes/agent';
import { systemInstant } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import { agentHome } from '../home.ts';
import { keepContinuation, loadContinuation, type Presented } from '../identity/continuation.ts';
import { RefusedError, type Sender, sendSigned } from '../identity/signed-request.ts';
import { hostName } from '../scenario.ts';

const firstIntervalMs = 10_000;
const longestIntervalMs = 5 * 60_000;
/** Changes within this time go out together. */
const gatherMs = 250;

export type HeartbeatContent = Omit<HeartbeatBody, 'hostName' | 'continuation'>;

export interface ControlPlaneContact {
  readonly state: 'connected' | 'unreachable' | 'refused' | 'starting';
  /** Why, in a sentence, when not connected. */
  readonly detail?: string;
  readonly since: string;
  /** Since when another host uses this identity too: neither exports until a person resolves it (rule S16). */
  readonly conflictedSince?: string;
}

export class Heartbeat {
  readonly #home: string;
  readonly #sender: Sender;
  readonly #content: () => HeartbeatContent;
  readonly #log: Log;
  readonly #answered: (answer: HeartbeatAnswer) => void;
  readonly #stop = new AbortController();
  #contact: ControlPlaneContact = { state: 'starting', since: systemInstant() };
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;
  #isDue = false;
  #presented: Presented | undefined;
  #conflictedSince: string | undefined;
  #intervalMs = firstIntervalMs;

  /** @param answered told whenever a beat got through. */
  constructor(
    home: string,
    sender: Sender,
    content: () => HeartbeatContent,
    log: Log,
    answered: (answer: HeartbeatAnswer) => void = () => undefined,
  ) {
    this.#home = home;
    this.#sender = sender;
    this.#content = content;
    this.#log = log;
    this.#answered = answered;
  }

  get contact(): ControlPlaneContact {
    return this.#conflictedSince === undefined
      ? this.#contact
      : { ...this.#contact, conflictedSince: this.#conflictedSince };
  }

  start(): void {
    void this.#beat();
  }

  /** Something changed: the next beat goes out within a quarter of a second. */
  changed(): void {
    if (this.#isSending) this.#isDue = true;
    else if (this.#contact.state !== 'unreachable') this.#schedule(gatherMs);
  }

  stop(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    if (this.#stop.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#beat(), delayMs);
  }

  async #beat(): Promise<void> {
    this.#isSending = true;
    this.#isDue = false;
    try {
      const continuation = this.#toPresent();
      const body = { hostName: hostName(this.#home), ...this.#content(), ...continuation };
      const answer = (await sendSigned(
        this.#sender,
        { method: 'POST', path: '/platform/v1/heartbeat', body },
        this.#stop.signal,
      )) as HeartbeatAnswer;
      this.#intervalMs = Math.min(longestIntervalMs, Math.max(1_000, Number(answer?.nextInMs) || firstIntervalMs));
      this.#become({ state: 'connected', since: systemInstant() });
      this.#goOn(answer);
      this.#answered(answer);
    } catch (error) {
      const state = error instanceof RefusedError ? 'refused' : 'unreachable';
      this.#become({ state, detail: (error as Error).message, since: systemInstant() });
    }
    this.#isSending = false;
    this.#schedule(this.#isDue && this.#contact.state === 'connected' ? gatherMs : this.#intervalMs);
  }

  /** Nothing when it could not be written down before it is sent: then the control plane is told of no continuation. */
  #toPresent(): { readonly continuation?: Presented } {
    try {
      const home = agentHome(this.#home);
      this.#presented ??= loadContinuation(home) ?? keepContinuation(home, undefined);
      return { continuation: this.#presented };
    } catch (error) {
      this.#log.warn('identity.continuation-unwritable', { reason: (error as Error).message });
      return {};
    }
  }

  /** What was given is presented next, once it is written down; until then the same is repeated. */
  #goOn({ continuation, conflictedSince }: HeartbeatAnswer): void {
    if (conflictedSince !== undefined && this.#conflictedSince === undefined) {
      this.#log.error('identity.conflicted', { since: conflictedSince });
    }
    this.#conflictedSince = conflictedSince;
    if (continuation === undefined) return;
    try {
      this.#presented = keepContinuation(agentHome(this.#home), continuation);
    } catch (error) {
      this.#log.warn('identity.continuation-unwritable', { reason: (error as Error).message });
    }
  }

  #become(contact: ControlPlaneContact): void {
    if (this.#stop.signal.aborted || contact.state === this.#contact.state) return;
    this.#contact = contact;
    if (contact.state === 'connected') this.#log.info('control-plane.connected');
    else this.#log.warn('control-plane.lost', { state: contact.state, reason: contact.detail });
  }
}
