/**
 * The routes by which people look into Connect Sync on an agent host, and decide there. The control plane holds none of
 * what they answer: each request becomes a question to the host and waits for its answer.
 */
import { z } from 'zod';
import { person, route, signedAgent } from './route.ts';
import { syncCalls } from './shapes/sync.ts';
import { type SyncMethod, syncQuestionLimitBytes } from './shapes/sync-methods.ts';
import {
  answerBodyLimitBytes,
  answerQuestionAnswer,
  answerQuestionBody,
  takeQuestionsAnswer,
} from './shapes/sync-question.ts';
import { displayText, uuid } from './shapes/text.ts';

const params = z.strictObject({ agentId: uuid });
const read = person('read');
const administer = person('administer');
/** Of who decides; it goes into the audit trail and into the log of the host. */
const why = { reason: displayText.optional() };

const onHost = <const M extends SyncMethod>(method: M) =>
  ({ method: 'POST', path: `/platform/v1/agents/:agentId/sync/${method}`, params }) as const;

export const syncRoutes = {
  syncConnectors: route({
    id: 'syncConnectors',
    ...onHost('connectors'),
    access: read,
    summary: 'Connectors of the host, with counts and when they last read',
    body: syncCalls.connectors.parameters,
    answer: syncCalls.connectors.answer,
  }),
  syncHistory: route({
    id: 'syncHistory',
    ...onHost('history'),
    access: read,
    summary: 'Runs with their steps, results and counters, newest first',
    body: syncCalls.history.parameters,
    answer: syncCalls.history.answer,
  }),
  syncPending: route({
    id: 'syncPending',
    ...onHost('pending'),
    access: read,
    summary: 'Pending exports by attribute, and the rules that want them',
    body: syncCalls.pending.parameters,
    answer: syncCalls.pending.answer,
  }),
  syncPreview: route({
    id: 'syncPreview',
    ...onHost('preview'),
    access: administer,
    summary: 'What a run would do: for one object, for other rules, or for everything; nothing is exported',
    body: syncCalls.preview.parameters,
    answer: syncCalls.preview.answer,
    bodyLimitBytes: syncQuestionLimitBytes,
  }),
  syncPreviewPage: route({
    id: 'syncPreviewPage',
    ...onHost('preview.get'),
    access: administer,
    summary: 'The next page of a preview',
    body: syncCalls['preview.get'].parameters,
    answer: syncCalls['preview.get'].answer,
  }),
  syncPreviewCommit: route({
    id: 'syncPreviewCommit',
    ...onHost('preview.commit'),
    access: administer,
    summary: 'Synchronise and export one object now',
    body: syncCalls['preview.commit'].parameters.extend(why),
    answer: syncCalls['preview.commit'].answer,
  }),
  syncSearchCs: route({
    id: 'syncSearchCs',
    ...onHost('search.cs'),
    access: read,
    summary: 'Objects of a connector space',
    body: syncCalls['search.cs'].parameters,
    answer: syncCalls['search.cs'].answer,
  }),
  syncCsObject: route({
    id: 'syncCsObject',
    ...onHost('cs.object'),
    access: read,
    summary: 'One connector space object with its holograms, references and lineage',
    body: syncCalls['cs.object'].parameters,
    answer: syncCalls['cs.object'].answer,
  }),
  syncSearchMv: route({
    id: 'syncSearchMv',
    ...onHost('search.mv'),
    access: read,
    summary: 'Objects of the metaverse, by text or by clauses',
    body: syncCalls['search.mv'].parameters,
    answer: syncCalls['search.mv'].answer,
  }),
  syncMvObject: route({
    id: 'syncMvObject',
    ...onHost('mv.object'),
    access: read,
    summary: 'One metaverse object: each value with its rule and its origin',
    body: syncCalls['mv.object'].parameters,
    answer: syncCalls['mv.object'].answer,
  }),
  syncExplain: route({
    id: 'syncExplain',
    ...onHost('explain'),
    access: read,
    summary: 'Why an attribute has its value: who won, who lost and why, where it goes',
    body: syncCalls.explain.parameters,
    answer: syncCalls.explain.answer,
  }),
  syncRules: route({
    id: 'syncRules',
    ...onHost('rules'),
    access: read,
    summary: 'The synchronisation rules of the host',
    body: syncCalls.rules.parameters,
    answer: syncCalls.rules.answer,
  }),
  syncRulesTest: route({
    id: 'syncRulesTest',
    ...onHost('rules.test'),
    access: read,
    summary: 'A rule or an expression on a real object; nothing is changed',
    body: syncCalls['rules.test'].parameters,
    answer: syncCalls['rules.test'].answer,
  }),
  syncDeletes: route({
    id: 'syncDeletes',
    ...onHost('deletes.list'),
    access: read,
    summary: 'Deletes that the delete guard holds, with a name for exactly this list',
    body: syncCalls['deletes.list'].parameters,
    answer: syncCalls['deletes.list'].answer,
  }),
  syncDeletesApprove: route({
    id: 'syncDeletesApprove',
    ...onHost('deletes.approve'),
    access: administer,
    summary: 'Carry the held deletes of exactly this list out',
    body: syncCalls['deletes.approve'].parameters.extend(why),
    answer: syncCalls['deletes.approve'].answer,
  }),
  syncDeletesReject: route({
    id: 'syncDeletesReject',
    ...onHost('deletes.reject'),
    access: administer,
    summary: 'Never send the held deletes of exactly this list',
    body: syncCalls['deletes.reject'].parameters.extend(why),
    answer: syncCalls['deletes.reject'].answer,
  }),
  syncStaging: route({
    id: 'syncStaging',
    ...onHost('staging'),
    access: read,
    summary: 'Whether the host only stages, who may export, and whether it could take over',
    body: syncCalls.staging.parameters,
    answer: syncCalls.staging.answer,
  }),
  syncStagingPromote: route({
    id: 'syncStagingPromote',
    ...onHost('staging.promote'),
    access: administer,
    summary: 'Let a staging host export; refused while another one does',
    // Without `force`: whoever takes over from a host that still exports stands at the host.
    body: z.strictObject(why),
    answer: syncCalls['staging.promote'].answer,
  }),
  syncStagingDemote: route({
    id: 'syncStagingDemote',
    ...onHost('staging.demote'),
    access: administer,
    summary: 'Let the host stage and export nothing any more',
    body: syncCalls['staging.demote'].parameters.extend(why),
    answer: syncCalls['staging.demote'].answer,
  }),
  syncRun: route({
    id: 'syncRun',
    ...onHost('run'),
    access: administer,
    summary: 'Run a cycle now and wait for its end; one that takes longer goes on and is seen in the history',
    body: syncCalls.run.parameters.extend(why),
    answer: syncCalls.run.answer,
  }),
  // for the hosts themselves
  takeQuestions: route({
    id: 'takeQuestions',
    // Not GET: taking a question is handing it out, once.
    method: 'POST',
    path: '/platform/v1/agents/self/questions',
    access: signedAgent,
    summary: 'Questions for this host, each handed out once; held up to 25 s until there is one',
    answer: takeQuestionsAnswer,
  }),
  answerQuestion: route({
    id: 'answerQuestion',
    method: 'POST',
    path: '/platform/v1/agents/self/answers',
    access: signedAgent,
    summary: 'Answer a question, or refuse it',
    body: answerQuestionBody,
    answer: answerQuestionAnswer,
    bodyLimitBytes: answerBodyLimitBytes,
  }),
} as const;
