/** The part of the stand-in that answers calls about people, tokens and channels of notices, and keeps what it was asked to do. */
import { problemBody } from '@springline/api/problem';
import type { PersonView, TokenView } from '@springline/api/shapes/access';
import type { NoticeChannelView, NoticesAnswer } from '@springline/api/shapes/notice';
import { session } from './home-fixtures.ts';
import { fixtureNow } from './instants.ts';

interface Answered {
  readonly status: number;
  /** Absent: no content. */
  readonly json?: unknown;
}

const idOf = (last: number): string => `0192d4e0-7c1a-7000-8000-${String(last).padStart(12, '0')}`;
const later = '2027-02-20T14:00:00.000Z';

export const grace: PersonView = {
  ...{ id: idOf(602), name: 'Grace Hopper', role: 'rollout-approver', scopes: ['read', 'upgrade.approve'] },
  createdAt: '2026-10-01T08:00:00.000Z',
};

export class SettingsService {
  people: PersonView[] = [
    { ...session().person, role: 'administrator', scopes: session().scopes, createdAt: '2026-09-01T08:00:00.000Z' },
    grace,
  ];
  tokens: TokenView[] = [
    {
      ...{ id: idOf(701), name: 'admin-token', person: session().person, scopes: session().scopes },
      ...{ createdAt: '2026-09-01T08:00:00.000Z', lastUsedAt: fixtureNow },
    },
    {
      ...{ id: idOf(702), name: 'monitoring', person: session().person, scopes: ['read'] },
      ...{ createdAt: '2026-11-01T08:00:00.000Z', expiresAt: later },
    },
  ];
  channels: NoticeChannelView[] = [
    {
      ...{ id: idOf(801), name: 'operations', kind: 'email' },
      ...{ target: 'ops@contoso.example by mail.contoso.example', createdAt: '2026-11-01T08:00:00.000Z' },
    },
  ];
  notices: NoticesAnswer['notices'] = [
    {
      ...{ id: idOf(901), kind: 'campaign-30', subject: '30 days left', createdAt: '2026-11-20T08:00:00.000Z' },
      deliveries: [
        { channel: 'operations', state: 'given-up', attempts: 12, lastError: 'mail-refused 550' },
        { state: 'sent', attempts: 1, sentAt: '2026-11-20T08:00:01.000Z' },
      ],
    },
  ];
  testOutcome: { readonly outcome: 'sent' | 'failed'; readonly problem?: string } = { outcome: 'sent' };
  /** Calls that change something, with their bodies. */
  readonly changes: { readonly call: string; readonly body: unknown }[] = [];
  /** The next change is refused with this code. */
  refusal: Parameters<typeof problemBody>[0] | undefined;

  /** So many sign-in links are refused before one is made. */
  linkRefusals = 0;

  /** Undefined: not its call. */
  answer(call: string, text: string): Answered | undefined {
    switch (call) {
      case 'GET /platform/v1/people':
        return { status: 200, json: { people: this.people } };
      case 'GET /platform/v1/tokens':
        return { status: 200, json: { tokens: this.tokens } };
      case 'GET /platform/v1/notice-channels':
        return { status: 200, json: { channels: this.channels } };
      case 'GET /platform/v1/notices':
        return { status: 200, json: { notices: this.notices } };
      default:
        return /^(POST|PATCH|DELETE) \/platform\/v1\/(people|tokens|notice-channels)/.test(call)
          ? this.#change(call, text === '' ? undefined : JSON.parse(text))
          : undefined;
    }
  }

  #change(call: string, body: Record<string, unknown> | undefined): Answered {
    if (this.refusal !== undefined) return { status: 409, json: problemBody(this.refusal, undefined, 'r1') };
    this.changes.push({ call, body });
    const [method = '', path = ''] = call.split(' ');
    const [what, id = '', more] = path.split('/').slice(3);
    const createdAt = fixtureNow;
    if (more === 'sign-in-links' && this.linkRefusals > 0) {
      this.linkRefusals -= 1;
      return { status: 503, json: problemBody('signer-unreachable', 'Nobody answers.', 'r1') };
    }
    if (more === 'sign-in-links') {
      return {
        status: 201,
        json: { url: 'https://springline.example/sign-in#t=abc', expiresAt: '2026-11-22T14:15:00.000Z' },
      };
    }
    if (more === 'test') return { status: 200, json: { ...this.testOutcome, noticeId: idOf(999) } };
    if (method === 'DELETE') {
      this.people = this.people.filter((each) => each.id !== id);
      this.tokens = this.tokens.filter((each) => each.id !== id);
      this.channels = this.channels.filter((each) => each.id !== id);
      return { status: 204 };
    }
    if (what === 'people') {
      const { name, role } = { ...this.people.find((each) => each.id === id), ...body } as PersonView;
      const person: PersonView = { id: id === '' ? idOf(603) : id, name, role, scopes: ['read'], createdAt };
      this.people = [...this.people.filter((each) => each.id !== person.id), person];
      return { status: method === 'POST' ? 201 : 200, json: person };
    }
    if (what === 'tokens') {
      const { name, scopes } = body as unknown as TokenView;
      const token: TokenView = { id: idOf(703), name, person: session().person, scopes, createdAt, expiresAt: later };
      this.tokens = [...this.tokens, token];
      return { status: 201, json: { ...token, secret: 'slt_shown-once' } };
    }
    const kind = id === 'email' ? 'email' : 'webhook';
    const name = String(body?.['name']);
    const channel: NoticeChannelView = { id: idOf(802), name, kind, target: 'hooks.example.org', createdAt };
    this.channels = [...this.channels, channel];
    return { status: 201, json: kind === 'email' ? channel : { ...channel, secret: 'whsec_shown-once' } };
  }
}
