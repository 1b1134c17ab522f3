/**
 * What the Agent Updater makes of a question from the control plane: it looks whether the method is on the closed list
 * and whether the consent file of this host allows its effect (rule S1), has the component answer it, and takes values
 * of secret attributes out of what it says. The component's store holds none; this is the second lock. Imports nothing
 * from npm.
 */
import { isSyncMethod, syncAnswerLimitBytes, syncMethods } from '@springline/api/shapes/sync-methods';
import type { AnswerQuestion, RemoteConsent } from '@springline/api/shapes/sync-question';
import { CallError } from '../channel.ts';
import { ConsentError, consentsRemotely, readConsentText } from '../consent-file.ts';
import { isSecretAttribute } from '../secret-attribute.ts';

export type Outcome = AnswerQuestion['outcome'];

/** A question as far as it was understood. */
export interface Asked {
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface AnswerPorts {
  /** Where the consent file lies. It is read anew for each question. */
  readonly consentPath: string;
  /** Asks Connect Sync. */
  call(method: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown>;
}

const messageLimit = 2_000;
const depthLimit = 30;

/** What the consent file allows from afar; a file that cannot be used allows nothing. */
export function remoteConsent(path: string): RemoteConsent {
  try {
    return consentsRemotely(readConsentText(path));
  } catch (error) {
    if (error instanceof ConsentError) return { read: false, decide: false };
    throw error;
  }
}

/** Resolves always: what goes wrong is a refusal with a code. */
export async function answerTo({ method, parameters }: Asked, ports: AnswerPorts): Promise<Outcome> {
  try {
    requireAllowed({ method, parameters }, ports.consentPath);
    const answer = withoutSecrets(await ports.call(method, parameters), 0, false);
    const bytes = Buffer.byteLength(JSON.stringify(answer ?? null));
    if (bytes > syncAnswerLimitBytes) {
      throw new CallError('answer-too-large', `the answer is larger than ${syncAnswerLimitBytes} bytes; ask for fewer`);
    }
    return { kind: 'answer', answer };
  } catch (error) {
    return refusalOf(error);
  }
}

/** As the control plane takes it: a code in its form, a sentence of bounded length. */
export function refusalOf(error: unknown): Outcome {
  const { code, message } = error instanceof CallError ? error : { code: 'internal-error', message: String(error) };
  return { kind: 'refusal', code, message: message.slice(0, messageLimit) };
}

/** @throws {CallError} `unknown-call`, `not-consented` */
function requireAllowed({ method, parameters }: Asked, consentPath: string): void {
  if (!isSyncMethod(method)) {
    throw new CallError('unknown-call', `this version of the agent answers no ${method.slice(0, 64)} from afar`);
  }
  if (method === 'staging.promote' && parameters['force'] !== undefined) {
    throw new CallError('not-consented', 'promoting by force is for whoever stands at this host');
  }
  const { effect } = syncMethods[method];
  if (remoteConsent(consentPath)[effect]) return;
  const what = effect === 'read' ? 'looking into this host' : 'deciding on this host';
  throw new CallError(
    'not-consented',
    `${what} from afar is not consented to. Its administrator writes "remote:" and below it "  ${effect}: true" into ${consentPath}`,
  );
}

/**
 * The same without values of secret attributes, wherever an answer has values: in objects with the attribute's `name`
 * beside them, anywhere below its `attribute` or `target`, and under its name as a key.
 */
function withoutSecrets(value: unknown, depth: number, isBelowSecret: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > depthLimit) throw new CallError('internal-error', 'the answer is nested too deeply');
  if (Array.isArray(value)) return value.map((member) => withoutSecrets(member, depth + 1, isBelowSecret));
  const { name, attribute, target } = value as Record<string, unknown>;
  const isBelow = isBelowSecret || isSecretName(attribute) || isSecretName(target);
  const isSecret = isBelow || isSecretName(name);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const hidden = isSecretName(key) || (isSecret && holdsValues.has(key));
      return [key, hidden && isTextList(member) ? [] : withoutSecrets(member, depth + 1, isBelow)];
    }),
  );
}

const holdsValues: ReadonlySet<string> = new Set(['values', 'old', 'new', 'added', 'removed']);

function isSecretName(name: unknown): boolean {
  return typeof name === 'string' && isSecretAttribute(name);
}

function isTextList(member: unknown): boolean {
  return Array.isArray(member) && member.every((text) => typeof text === 'string');
}
