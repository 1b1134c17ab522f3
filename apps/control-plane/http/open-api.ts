/**
 * The contract as OpenAPI 3.1, made from the table of routes. Shapes with an id become components.
 */
import { type ProblemCode, problemCatalogue, problemShape } from '@springline/api/problem';
import type { Access, Route } from '@springline/api/route';
import { type RouteId, routes } from '@springline/api/routes';
import { z } from 'zod';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly securitySchemes: unknown };
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly unknown[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}

type JsonSchema = { readonly [keyword: string]: unknown };
type Direction = 'input' | 'output';

/** Of the contract; it rises when a client may notice. */
const contractVersion = '1';

const securitySchemes = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'springline_session',
    description: 'Set by POST /platform/v1/session.',
  },
  bearer: { type: 'http', scheme: 'bearer', description: 'The admin token, or a token with the scope of the route.' },
  agentSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'Signature',
    description:
      'HTTP Message Signatures (RFC 9421): Signature-Input, Signature and Content-Digest (RFC 9530) over "@method" ' +
      '"@target-uri" "content-digest", with created, nonce, keyid, alg="ecdsa-p256-sha256", tag="springline-agent". ' +
      'Answers carry the same headers, signed by the control plane and bound to the request.',
  },
} as const;

export function openApiDocument(): OpenApiDocument {
  const schemas = new Components();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of Object.values(routes) as Route[]) {
    const path = route.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operationOf(route, schemas);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Springline control plane',
      version: contractVersion,
      description: 'Errors are problem+json (RFC 9457) with a stable code; under /scim/v2 they are SCIM errors.',
    },
    paths,
    components: { schemas: schemas.all(), securitySchemes },
  };
}

function operationOf(route: Route, schemas: Components): Operation {
  const parameters = [...parametersOf('path', route.params, schemas), ...parametersOf('query', route.query, schemas)];
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.path.split('/')[1]!.replace('.json', '')],
    security: securityOf(route.access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: contentOf('application/json', schemas.use(route.body, 'input')) } }),
    responses: {
      [route.status]: {
        description: route.summary,
        ...(route.status === 204 ? {} : { content: contentOf(route.contentType, answerSchema(route, schemas)) }),
      },
      ...errorsOf(route, schemas),
    },
  };
}

function answerSchema(route: Route, schemas: Components): JsonSchema {
  return route.answer === undefined ? { type: 'string' } : schemas.use(route.answer, 'output');
}

/** By the way a route is called. Any route may also answer 429, 500, 503 and 507. */
const refusalsByAccess: Readonly<Record<Access['kind'], readonly ProblemCode[]>> = {
  none: [],
  person: ['not-authenticated', 'not-authorised', 'cross-site-request'],
  agent: [
    'signature-missing',
    'signature-malformed',
    'signature-invalid',
    'signature-stale',
    'signature-replayed',
    'agent-unknown',
    'agent-revoked',
  ],
  enrolment: [
    'signature-missing',
    'signature-malformed',
    'signature-invalid',
    'signature-stale',
    'signature-replayed',
    'enrolment-token-invalid',
    'agent-revoked',
  ],
};

/** What one route says no with, beyond the rest of its kind. */
const refusalsByRoute: Readonly<Partial<Record<RouteId, readonly ProblemCode[]>>> = {
  signIn: ['sign-in-link-invalid', 'cross-site-request'],
  exportBatch: [
    ...(['connector-not-yours', 'object-not-yours', 'idempotency-mismatch'] as const),
    ...(['export-lease-held', 'export-lease-lost', 'agent-conflicted'] as const),
  ],
  exportLease: ['connector-not-yours'],
  approveDeletions: ['not-found'],
  resolveAgentConflict: ['not-found'],
  listChanges: ['connector-not-yours', 'cursor-expired'],
  syncDeletesApprove: ['list-changed'],
  syncDeletesReject: ['list-changed'],
};

/** Of every route that asks a host. */
const refusalsOfHosts: readonly ProblemCode[] = [
  'agent-not-listening',
  'agent-answer-late',
  'agent-answer-malformed',
  'agent-refused',
  'component-not-running',
  'not-consented',
  'unknown-call',
];

function errorsOf(route: Route, schemas: Components): Record<string, unknown> {
  const codes: ProblemCode[] = [
    ...refusalsByAccess[route.access.kind],
    ...(route.path.includes('/:agentId/sync/') ? refusalsOfHosts : []),
    ...(refusalsByRoute[route.id as RouteId] ?? []),
  ];
  if (route.params !== undefined || route.query !== undefined) codes.push('malformed-request');
  if (route.body !== undefined) codes.push('malformed-request', 'body-too-large', 'unsupported-media-type');
  if (route.params !== undefined) codes.push('not-found');
  const content =
    route.contentType === 'application/scim+json'
      ? contentOf('application/scim+json', { type: 'object' })
      : contentOf('application/problem+json', schemas.use(problemShape, 'output'));
  const codesByStatus = Map.groupBy(new Set(codes), (code) => problemCatalogue[code][0]);
  return Object.fromEntries(
    [...codesByStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, of]) => [String(status), { description: of.join(', '), content }]),
  );
}

function parametersOf(place: 'path' | 'query', shape: z.ZodType | undefined, schemas: Components): unknown[] {
  if (shape === undefined) return [];
  const { properties, required } = schemas.use(shape, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: readonly string[];
  };
  return Object.entries(properties ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || (required ?? []).includes(name),
    schema,
  }));
}

function securityOf(access: Access): Operation['security'] {
  switch (access.kind) {
    case 'none':
      return [];
    case 'person':
      // Scopes of such schemes are roles by OpenAPI 3.1 (4.8.30): both ways in need the same one.
      return [{ session: [access.scope] }, { bearer: [access.scope] }];
    case 'agent':
    case 'enrolment':
      return [{ agentSignature: [] }];
  }
}

const contentOf = (type: string, schema: JsonSchema) => ({ [type]: { schema } });

/** Collects the shapes that have an id, so that each is written once. */
class Components {
  readonly #schemaById = new Map<string, JsonSchema>();

  /** A schema for one place of the document; shapes with an id, and those inside it, become references. */
  use(shape: z.ZodType, direction: Direction): JsonSchema {
    const converted = z.toJSONSchema(shape, { io: direction, unrepresentable: 'any' }) as JsonSchema;
    const { $defs, $schema: _, ...schema } = converted;
    for (const [id, definition] of Object.entries(($defs ?? {}) as Record<string, JsonSchema>)) {
      this.#keep(id, definition);
    }
    return rewrite(schema) as JsonSchema;
  }

  all(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#schemaById].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #keep(id: string, { id: _, ...definition }: JsonSchema): void {
    const schema = rewrite(definition) as JsonSchema;
    const known = this.#schemaById.get(id);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new TypeError(`the id ${id} names two shapes, or one as input and as output with defaults`);
    }
    this.#schemaById.set(id, schema);
  }
}

/** Points references at the components. */
function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([keyword, member]) =>
      keyword === '$ref' && typeof member === 'string'
        ? [keyword, member.replace('#/$defs/', '#/components/schemas/')]
        : [keyword, rewrite(member)],
    ),
  );
}
