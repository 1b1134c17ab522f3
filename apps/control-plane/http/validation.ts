/** Shapes at the edge: what comes in is parsed or refused with the field's path, what goes out is what the shape has. */
import { ProblemError } from '@springline/api/problem';
import type { z } from 'zod';

const reportedIssues = 5;
const detailLimit = 1_000;

/**
 * The parsed part of a request. Zod's messages name types and bounds and never quote the value.
 *
 * @throws {ProblemError} `malformed-request` with the path of each fault: `body.connector.name: …`.
 */
export function parsePart(part: 'params' | 'query' | 'body', shape: z.ZodType | undefined, value: unknown): unknown {
  if (shape === undefined) return undefined;
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ProblemError('malformed-request', describe(part, parsed.error));
}

/** The answer as its shape has it. A fault here is ours: it is thrown as a TypeError, without the values. */
export function shapedAnswer(shape: z.ZodType | undefined, value: unknown): unknown {
  if (shape === undefined) return value;
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TypeError(`the answer has not its documented shape: ${describe('answer', parsed.error)}`);
}

function describe(part: string, error: z.ZodError): string {
  const lines = error.issues
    .slice(0, reportedIssues)
    .map((issue) => `${[part, ...issue.path.map(String)].join('.')}: ${issue.message}`);
  return lines.join('; ').slice(0, detailLimit);
}
