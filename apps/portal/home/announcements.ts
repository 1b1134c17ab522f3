/**
 * What a screen reader should say when Home changes by itself. Little: someone who works on the page hears what needs a
 * person, and not that everything went on as usual.
 */
import type { HomeView } from '@springline/api/shapes/person';
import { counted } from '../look/number-words.ts';
import { componentTitles } from './agent-states.ts';
import { syncingAgents } from './answers.ts';
import { resultTone, resultWords } from './result-words.ts';
import { upgradingHosts } from './upgrades.ts';

/** More at once would be a lecture; the page has them all. */
const sentenceLimit = 3;

/** Sentences on what changed for the worse or became well again; empty when there is nothing to say. */
export function announceChanges(before: HomeView, after: HomeView): string {
  const sentences = [
    ...agentSentences(before, after),
    ...upgradeSentences(before, after),
    ...syncSentences(before, after),
    ...errorSentences(before, after),
  ];
  const more = sentences.length - sentenceLimit;
  return [...sentences.slice(0, sentenceLimit), ...(more > 0 ? [`And ${counted(more, 'more change')}.`] : [])].join(
    ' ',
  );
}

function agentSentences(before: HomeView, after: HomeView): string[] {
  const stateById = new Map(before.agents.map((agent) => [agent.id, agent.state]));
  return after.agents.flatMap((agent) => {
    const was = stateById.get(agent.id);
    if (was === undefined) return [`${agent.hostName} was enrolled.`];
    return was === agent.state ? [] : [`${agent.hostName} is ${agent.state}.`];
  });
}

function upgradeSentences(before: HomeView, after: HomeView): string[] {
  const endedBefore = new Set(endedUpgrades(before).map(({ key }) => key));
  return endedUpgrades(after).flatMap(({ key, sentence }) => (endedBefore.has(key) ? [] : [sentence]));
}

function endedUpgrades(home: HomeView): { readonly key: string; readonly sentence: string }[] {
  return upgradingHosts(home).flatMap(({ agent, autoUpgrade }) =>
    autoUpgrade.components.flatMap(({ component, lastUpgrade }) => {
      if (lastUpgrade === undefined) return [];
      const { to, result, endedAt } = lastUpgrade;
      const what = `${componentTitles[component]} on ${agent.hostName}`;
      const sentence =
        result === 'Success' ? `${what} is on ${to} now.` : `${what}: ${to} was not installed, ${result}.`;
      return [{ key: `${agent.id} ${component} ${endedAt}`, sentence }];
    }),
  );
}

function syncSentences(before: HomeView, after: HomeView): string[] {
  const syncById = new Map(syncingAgents(before).map(({ agent, sync }) => [agent.id, sync]));
  return syncingAgents(after).flatMap(({ agent, sync }) => {
    const was = syncById.get(agent.id);
    const result = sync.lastCycle?.result;
    const sentences: string[] = [];
    if (sync.heldDeletes > 0 && sync.heldDeletes !== was?.heldDeletes) {
      sentences.push(`${counted(sync.heldDeletes, 'delete')} held back on ${sync.connector}.`);
    }
    if (result !== undefined && result !== was?.lastCycle?.result && resultTone(result) !== 'busy') {
      sentences.push(`Sync of ${sync.connector}: ${resultWords(result)}.`);
    }
    return sentences;
  });
}

function errorSentences(before: HomeView, after: HomeView): string[] {
  if (before.errorCount === after.errorCount) return [];
  return [after.errorCount === 0 ? 'No errors any more.' : `${counted(after.errorCount, 'error')} now.`];
}
