/** Reads of the cloud directory by applications: SCIM 2.0 (RFC 7643, RFC 7644). Answers are wide by design. */
import { z } from 'zod';

export const scimQuery = z.object({
  filter: z.string().max(4_096).optional(),
  startIndex: z.coerce.number().int().optional(),
  count: z.coerce.number().int().optional(),
  attributes: z.string().max(4_096).optional(),
  excludedAttributes: z.string().max(4_096).optional(),
  sortBy: z.string().max(256).optional(),
  sortOrder: z.enum(['ascending', 'descending']).optional(),
});
export const scimResource = z.looseObject({ schemas: z.array(z.string()) }).meta({ id: 'ScimResource' });
export const scimListResponse = z
  .looseObject({
    schemas: z.array(z.string()),
    totalResults: z.int(),
    startIndex: z.int().optional(),
    itemsPerPage: z.int().optional(),
    Resources: z.array(scimResource),
  })
  .meta({ id: 'ScimListResponse' });
