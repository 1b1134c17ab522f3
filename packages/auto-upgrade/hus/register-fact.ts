/**
 * Facts that must outlive the control plane's database (security rule S8): which keys are agents, whose connectors are
 * whose, and what was taken back. The control plane tells the signer, which keeps them beside its keys; when an older
 * database is put back, they are carried out again. A fact of the same key as an earlier one takes its place.
 */

export type RegisterFact =
  | {
      readonly kind: 'agent-enrolled';
      readonly tenantId: string;
      readonly agentId: string;
      /** P-256 (RFC 7518 6.2.1), base64url. */
      readonly publicKey: { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string };
      readonly hostName: string;
      readonly platform: string;
      readonly version: string;
      /** Milliseconds since 1970. */
      readonly enrolledAt: number;
    }
  | { readonly kind: 'agent-revoked'; readonly tenantId: string; readonly agentId: string }
  | {
      readonly kind: 'connector-given';
      readonly tenantId: string;
      readonly connectorId: string;
      readonly name: string;
      readonly connectorKind: string;
      readonly agentId: string;
      /** Of a connector that was enrolled beside another: the source that they share. */
      readonly sourceId?: string;
    }
  | { readonly kind: 'token-revoked'; readonly tenantId: string; readonly tokenId: string }
  | { readonly kind: 'person-role'; readonly tenantId: string; readonly personId: string; readonly role: string }
  | { readonly kind: 'person-removed'; readonly tenantId: string; readonly personId: string };

/** Facts of one request or answer between the control plane and the signer. */
export const factsPerMessage = 200;

const idForm = /^[0-9a-f-]{36}$/;
const wordForm = /^[a-z][a-z0-9-]{0,63}$/;
const coordinateForm = /^[A-Za-z0-9_-]{43}$/;
const textLimit = 1_000;

/** What a fact is about. */
export function factKey(fact: RegisterFact): string {
  return `${fact.kind} ${fact.tenantId} ${subjectOf(fact)}`;
}

/** @throws {Error} with a sentence that names the member. */
export function parseRegisterFact(json: unknown): RegisterFact {
  const fields = asFields(json, 'a fact');
  const kind = fields['kind'];
  const tenantId = textOf(fields, 'tenantId', idForm);
  const id = (name: string): string => textOf(fields, name, idForm);
  switch (kind) {
    case 'agent-enrolled': {
      const { kty, crv, x, y } = asFields(fields['publicKey'], 'publicKey');
      if (kty !== 'EC' || crv !== 'P-256') throw new Error('publicKey is not of the kind EC P-256');
      const coordinates = { x: textOf({ x }, 'x', coordinateForm), y: textOf({ y }, 'y', coordinateForm) };
      const enrolledAt = fields['enrolledAt'];
      if (typeof enrolledAt !== 'number' || !Number.isSafeInteger(enrolledAt))
        throw new Error('enrolledAt is no instant');
      return {
        ...{ kind, tenantId, agentId: id('agentId'), publicKey: { kty, crv, ...coordinates } },
        ...{ hostName: textOf(fields, 'hostName'), platform: textOf(fields, 'platform') },
        ...{ version: textOf(fields, 'version'), enrolledAt },
      };
    }
    case 'agent-revoked':
      return { kind, tenantId, agentId: id('agentId') };
    case 'connector-given': {
      const named = { name: textOf(fields, 'name'), connectorKind: textOf(fields, 'connectorKind', wordForm) };
      const shared = fields['sourceId'] === undefined ? {} : { sourceId: id('sourceId') };
      return { kind, tenantId, connectorId: id('connectorId'), ...named, agentId: id('agentId'), ...shared };
    }
    case 'token-revoked':
      return { kind, tenantId, tokenId: id('tokenId') };
    case 'person-role':
      return { kind, tenantId, personId: id('personId'), role: textOf(fields, 'role', wordForm) };
    case 'person-removed':
      return { kind, tenantId, personId: id('personId') };
    default:
      throw new Error('there is no fact of this kind');
  }
}

function subjectOf(fact: RegisterFact): string {
  switch (fact.kind) {
    case 'agent-enrolled':
    case 'agent-revoked':
      return fact.agentId;
    case 'connector-given':
      return fact.connectorId;
    case 'token-revoked':
      return fact.tokenId;
    case 'person-role':
    case 'person-removed':
      return fact.personId;
  }
}

function asFields(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${name} is no object`);
  return value as Record<string, unknown>;
}

function textOf(fields: Readonly<Record<string, unknown>>, name: string, form = /^/): string {
  const value = fields[name];
  if (typeof value !== 'string' || value.length > textLimit || !form.test(value)) {
    throw new Error(`${name} does not have its form`);
  }
  return value;
}
