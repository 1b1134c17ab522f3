/** Results of cycles and steps: how bad they are, and how they read. */
import type { Tone } from '../look/tone.ts';

/** Results end a step in families: `success`, `completed-…`, `no-start-…`, `stopped-…`; new members need no change here. */
export function resultTone(result: string): Tone {
  if (result === 'success' || result === 'completed-no-objects' || result === 'completed-skipped-already-completed') {
    return 'good';
  }
  if (result === 'in-progress' || result.startsWith('completing-')) return 'busy';
  if (result.startsWith('completed-')) return 'warn';
  return 'bad';
}

const families: readonly (readonly [prefix: string, words: string])[] = [
  ['completed-', 'Completed'],
  ['completing-', 'Completing'],
  ['no-start-', 'Not started'],
  ['stopped-', 'Stopped'],
];

/** `Success`, `In progress`, `Completed: export errors`, `Stopped: deletion threshold exceeded`. */
export function resultWords(result: string): string {
  const family = families.find(([prefix]) => result.startsWith(prefix) && result.length > prefix.length);
  if (family === undefined) return upperFirst(spaced(result));
  return `${family[1]}: ${spaced(result.slice(family[0].length))}`;
}

const spaced = (text: string): string => text.replaceAll('-', ' ');
const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
