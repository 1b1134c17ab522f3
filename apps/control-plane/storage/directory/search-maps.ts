/** Which columns and link tables answer for which SCIM attributes. What is not here is looked up in the object itself. */
import { enterpriseUserUrn } from '@springline/directory/scim/schemas';
import { type SqlBool, sql } from 'kysely';
import type { Column, Relation, SearchMap } from './filter-sql.ts';

const exact = (ref: string): Column => ({ form: 'exact', ref });
const folded = (ref: string): Column => ({ form: 'folded', ref });
const number = (ref: string): Column => ({ form: 'number', ref });
const flag = (ref: string): Column => ({ form: 'flag', ref });
const constant = (value: string): Column => ({ form: 'constant', value });

const required = <C extends object>(column: C): C & { required: true } => ({ ...column, required: true });

const common: readonly (readonly [string, Column])[] = [
  ['id', required(exact('o.object_id'))],
  ['externalId', required(exact('o.source_anchor'))],
  ['displayName', folded('o.display_name_key')],
  ['meta.created', required(number('o.created_at'))],
  ['meta.lastModified', required(number('o.changed_at'))],
];

const emails: Relation = {
  owner: 'e.object_id',
  from: sql<SqlBool>`directory_unique_values as e`,
  where: (tenantId) => sql<SqlBool>`e.tenant_id = ${tenantId} and e.kind = 'smtp'`,
  subs: new Map([
    ['value', folded('e.value')],
    ['type', constant('work')],
    ['primary', flag('e.is_primary')],
  ]),
};

const groups: Relation = {
  owner: 'r.target_id',
  from: sql<SqlBool>`directory_references as r
    inner join directory_objects as g on g.tenant_id = r.tenant_id and g.object_id = r.object_id`,
  where: (tenantId) => sql<SqlBool>`r.tenant_id = ${tenantId} and r.attribute = 'member'`,
  subs: new Map([
    ['value', exact('r.object_id')],
    ['display', folded('g.display_name_key')],
    ['type', constant('direct')],
  ]),
};

const linked = sql<SqlBool>`directory_references as r
    inner join directory_objects as m on m.tenant_id = r.tenant_id and m.object_id = r.target_id`;

const members: Relation = {
  owner: 'r.object_id',
  from: linked,
  where: (tenantId) =>
    sql<SqlBool>`r.tenant_id = ${tenantId} and r.attribute = 'member' and m.type in ('user', 'group')`,
  subs: new Map([
    ['value', exact('r.target_id')],
    ['display', folded('m.display_name_key')],
    // Stored in lower case, and compared so.
    ['type', folded('m.type')],
  ]),
};

const manager: Relation = {
  owner: 'r.object_id',
  from: linked,
  where: (tenantId) => sql<SqlBool>`r.tenant_id = ${tenantId} and r.attribute = 'manager' and m.type = 'user'`,
  subs: new Map([
    ['value', exact('r.target_id')],
    ['displayName', folded('m.display_name_key')],
  ]),
};

export const userSearch: SearchMap = {
  columns: new Map([
    ...common,
    ['userName', required(folded('o.user_name_key'))],
    ['name.givenName', folded('o.given_name_key')],
    ['name.familyName', folded('o.family_name_key')],
    ['title', folded('o.title_key')],
    ['active', required(flag('o.active'))],
    [`${enterpriseUserUrn}:department`, folded('o.department_key')],
    [`${enterpriseUserUrn}:employeeNumber`, folded('o.employee_number_key')],
  ]),
  relations: new Map([
    ['emails', emails],
    ['groups', groups],
    [`${enterpriseUserUrn}:manager`, manager],
  ]),
  unsearchable: new Set(['meta.version', 'groups.$ref', `${enterpriseUserUrn}:manager.$ref`]),
};

export const groupSearch: SearchMap = {
  columns: new Map(common),
  relations: new Map([['members', members]]),
  unsearchable: new Set(['meta.version', 'members.$ref']),
};
