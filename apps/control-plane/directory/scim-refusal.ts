/** A refused SCIM request as the server's errors have it: status and detail of the SCIM error, and its keyword. */
import { ProblemError } from '@springline/api/problem';
import { ScimError, type ScimType } from '@springline/directory/scim/scim-error';

/** Answered with the body of RFC 7644 3.12. */
export class ScimRefusal extends ProblemError {
  readonly scimType: ScimType | undefined;

  constructor(cause: ScimError) {
    super(cause.status === 404 ? 'not-found' : 'malformed-request', cause.message, { cause });
    this.scimType = cause.scimType;
  }
}

/** Runs `read`; its ScimErrors come out as refusals. */
export async function refusing<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof ScimError ? new ScimRefusal(error) : error;
  }
}
