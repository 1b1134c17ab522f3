/**
 * Why a host cannot be looked into, or not decided on, in words with the way out. What is known from its heartbeat is said
 * at once; the rest by the code of the refusal.
 */
import type { AgentView } from '@springline/api/shapes/agent';
import { ApiError } from '../api-client.ts';
import type { Tone } from '../look/tone.ts';

export interface Obstacle {
  readonly tone: Tone;
  readonly title: string;
  readonly detail: string;
  /** The line of the host's consent file that is missing. */
  readonly consent?: ConsentLine;
}

export type ConsentLine = 'read' | 'decide';

/** The lines to write into `consent.yaml` of the host. */
export const consentText = (line: ConsentLine): string =>
  line === 'read' ? 'remote:\n  read: true' : 'remote:\n  read: true\n  decide: true';

/** What the last heartbeat says: a question would be in vain. */
export function obstacleOf(agent: AgentView | undefined): Obstacle | undefined {
  if (agent === undefined) {
    return {
      tone: 'warn',
      title: 'There is no such server.',
      detail: 'It may have been removed, or the address is of another tenant. Choose one under Servers.',
    };
  }
  const { hostName } = agent;
  if (agent.state === 'revoked') {
    return { tone: 'none', title: `${hostName} was revoked.`, detail: 'It is asked nothing any more.' };
  }
  if (agent.state === 'offline') {
    return {
      tone: 'bad',
      title: `${hostName} is offline.`,
      detail: 'Nothing of its connector spaces is kept here, so there is nothing to show until it is back.',
    };
  }
  if (agent.remote?.read === false) return notConsented(hostName, 'read');
  return undefined;
}

/** `file`: where the host says that its consent file lies. */
function notConsented(hostName: string, consent: ConsentLine, file = 'consent.yaml'): Obstacle {
  const what = consent === 'read' ? 'lets nobody look at its objects from afar' : 'lets nobody decide from afar';
  return {
    tone: 'warn',
    title: `The consent file of ${hostName} ${what}.`,
    detail: `Its administrator may write these lines into ${file} there. They work from the next question on, without a restart.`,
    consent,
  };
}

const titles: Readonly<Record<string, (hostName: string) => string>> = {
  'agent-not-listening': (hostName) => `${hostName} is not listening.`,
  'agent-answer-late': (hostName) => `${hostName} did not answer in time.`,
  'agent-answer-malformed': (hostName) => `${hostName} answers in a form that this version does not know.`,
  'agent-refused': (hostName) => `${hostName} refused.`,
  'agent-conflicted': () => 'Two hosts use this identity.',
  'component-not-running': (hostName) => `Connect Sync does not run on ${hostName} now.`,
  'unknown-call': (hostName) => `${hostName} runs a version that does not know this question.`,
  'list-changed': () => 'What is held has changed.',
  'not-authorised': () => 'Not for this role.',
  'rate-limited': () => 'Too many questions at once.',
  'no-answer': () => 'The control plane does not answer.',
};

const waysOut: Readonly<Record<string, string>> = {
  'agent-not-listening': 'Look there whether the agent runs: springline doctor. Then refresh.',
  'agent-answer-late': 'It may still be at work. Refresh in a moment; a narrower search is answered sooner.',
  'agent-answer-malformed': 'Upgrade the older one of the two.',
  'agent-conflicted': 'Stop one of them, then run springline agent resolve-conflict.',
  'unknown-call': 'Upgrade it: it then answers.',
  'rate-limited': 'Refresh in a few seconds.',
};

/** Of what the host itself refused: by the code in front of its sentence. */
const hostTitles: readonly (readonly [code: RegExp, title: (hostName: string) => string])[] = [
  [/-unknown$/, (hostName) => `${hostName} does not know it.`],
  [/^(cycle|preview)-in-progress$|^host-busy$|^too-many-questions$/, (hostName) => `${hostName} is busy.`],
  [/^rules-malformed$/, () => 'These rules cannot be tried.'],
];

/** Of a question that failed. */
export function obstacleFrom(error: Error, hostName: string, line: ConsentLine = 'read'): Obstacle {
  if (!(error instanceof ApiError)) return { tone: 'bad', title: 'This page failed.', detail: error.message };
  if (error.code === 'not-consented') {
    return notConsented(hostName, line, / into (.{1,300}consent\.yaml)$/.exec(error.detail)?.[1]);
  }
  const [, code, sentence = error.detail] =
    error.code === 'agent-refused' ? (/^([a-z][a-z-]*): (.+)$/s.exec(error.detail) ?? []) : [];
  const title =
    hostTitles.find(([known]) => code !== undefined && known.test(code))?.[1](hostName) ??
    titles[error.code]?.(hostName) ??
    'The question was refused.';
  const wayOut = waysOut[error.code];
  const detail = asSentence(sentence);
  return { tone: 'bad', title, detail: wayOut === undefined ? detail : `${detail} ${wayOut}` };
}

/** Hosts say it in words of a log. */
function asSentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** Why the host would do nothing that is decided here; `undefined` when it would. The role is judged elsewhere. */
export function decisionRefusal(agent: AgentView | undefined): string | undefined {
  const obstacle = obstacleOf(agent);
  if (obstacle !== undefined) return obstacle.title;
  if (agent?.conflictedSince !== undefined) {
    return 'Two hosts use this identity: nothing is decided until one is stopped.';
  }
  if (agent?.remote?.decide === false) {
    return `The consent file of ${agent.hostName} lets nobody decide from afar: its line remote.decide is not true.`;
  }
  return undefined;
}
