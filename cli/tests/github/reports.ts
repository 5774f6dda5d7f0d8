import type { Report, ReportHead, Situation } from '../../src/rendering/comment-report.ts'

const head: ReportHead = {
  pullRequest: { number: 12, title: 'Show prices with tax', branch: 'feature/tax', url: 'https://github.com/acme/shop/pull/12' },
  environment: 'calm-otter',
  commit: '0123456789abcdef0123456789abcdef01234567',
  at: '2026-11-21T12:00:00.000Z',
  logUrl: 'https://github.com/acme/shop/actions/runs/42',
}

const services = [
  { name: 'web', url: 'https://calm-otter.preview.example.com' },
  { name: 'api', url: 'https://calm-otter.preview.example.com/api' },
  { name: 'worker', url: null },
]

export const report = (situation: Situation, more: Partial<ReportHead> = {}): Report => ({ ...head, ...more, ...situation })

/** One of each kind, by the name of the file that holds what is written. */
export const reports: Record<string, Report> = {
  waiting: report({ state: 'waiting', reason: null }, { environment: null }),
  'waiting-for-a-run': report({ state: 'waiting', reason: 'run 41 still works on it' }),
  applying: report({
    state: 'applying',
    services,
    phases: [
      { name: 'images', status: 'done', seconds: 95 },
      { name: 'infrastructure', status: 'running', seconds: 12 },
      { name: 'readiness', status: 'waiting', seconds: null },
    ],
  }),
  ready: report({ state: 'ready', services, seconds: 141, expiresAt: '2026-11-24T12:00:00.000Z' }),
  'ready-for-ever': report({ state: 'ready', services: services.slice(0, 1), seconds: null, expiresAt: null }),
  failed: report({
    state: 'failed',
    action: 'apply',
    failure: {
      phase: 'migrations',
      resource: 'module.api.aws_ecs_service.service',
      cause: 'the migration 0007_tax.sql failed: column "tax" of relation "orders" already exists',
      lines: ['applying 0006_currency.sql', 'applying 0007_tax.sql', 'ERROR:  column "tax" of relation "orders" already exists'],
      command: 'devtool env logs calm-otter migrations',
    },
    phases: [
      { name: 'images', status: 'done', seconds: 95 },
      { name: 'infrastructure', status: 'done', seconds: 40 },
      { name: 'readiness', status: 'failed', seconds: 21 },
    ],
  }),
  'failed-to-destroy': report({
    state: 'failed',
    action: 'destroy',
    failure: { phase: 'destroy', resource: null, cause: 'AWS is limiting requests', lines: [], command: 'devtool env destroy calm-otter' },
    phases: [],
  }),
  expired: report({ state: 'expired', expiredAt: '2026-11-21T11:59:30.000Z' }),
  destroying: report({
    state: 'destroying',
    reason: 'the pull request was merged',
    phases: [{ name: 'destroy', status: 'running', seconds: 8 }],
  }),
  destroyed: report({
    state: 'destroyed',
    reason: 'the pull request was merged',
    destroyedAt: '2026-11-21T12:00:00.000Z',
    livedSeconds: 183_900,
  }),
  leaked: report({
    state: 'leaked',
    left: [
      { kind: 'ECS service', id: 'shop-calm-otter-web' },
      { kind: 'target group', id: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-calm-otter-web/1' },
    ],
    command: 'devtool env destroy calm-otter --yes',
  }),
  'from-a-fork': report({ state: 'unavailable', why: { kind: 'fork' } }, { environment: null }),
  'not-wanted-any-more': report({ state: 'unavailable', why: { kind: 'unwanted', reason: 'it was merged' } }, { environment: null }),
  'over-the-limit': report(
    {
      state: 'unavailable',
      why: {
        kind: 'limit',
        reason: 'previews.limit of 20 is reached; bold-heron has been idle longest: taking the label off #8 makes room',
      },
    },
    { environment: null, logUrl: null },
  ),
}
