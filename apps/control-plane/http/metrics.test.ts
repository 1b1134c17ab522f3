import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { sampleRequests } from '../testing/sample-requests.ts';
import { enrol, send, sign } from '../testing/signed-agent.ts';

test('requests, their time, exports and memory are measured', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const { path, body } = sampleRequests(agent.connectorId).exportBatch;
  await send(sign(plane, agent, { method: 'POST', path, body }));
  await plane.ask('GET', '/nothing');
  await plane.ask('GET', '/docs');
  const { text, headers } = await plane.ask('GET', '/metrics');
  assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  for (const line of [
    /^springline_http_requests_total\{route="exportBatch",status="200"\} 1$/m,
    /^springline_http_requests_total\{route="none",status="404"\} 1$/m,
    /^springline_http_requests_total\{route="static",status="200"\} 1$/m,
    /^springline_http_request_duration_seconds_bucket\{route="exportBatch",le="\+Inf"\} 1$/m,
    /^springline_http_request_duration_seconds_count\{route="exportBatch"\} 1$/m,
    /^springline_export_operations_total\{status="unchanged"\} 1$/m,
    /^process_resident_memory_bytes \d{7,}$/m,
  ]) {
    assert.match(text, line);
  }
});

test('the text keeps to the exposition format, and no label names an agent, a tenant or a path', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  for (const path of ['/a', '/b', `/platform/v1/agents/${agent.agentId}`]) await plane.ask('GET', path);
  const { text } = await plane.ask('GET', '/metrics');
  for (const line of text.trimEnd().split('\n')) {
    assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+)$/);
  }
  assert.ok(!text.includes(agent.agentId) && !text.includes(agent.tenantId) && !text.includes('"/'));
});
