import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse as parseYaml } from 'yaml'
import { REGION_VARIABLE, workflowRoles } from '../../src/environment/workflow-roles.ts'
import { PINS, TERRAFORM } from '../../src/rendering/pins.ts'
import { root } from '../support/toolchain.ts'
import type { Source } from './rendered.ts'

/** What a workflow is, as far as rules are about it. */
interface Step {
  uses?: string
  run?: string
  with?: Record<string, unknown>
  env?: Record<string, string>
  'continue-on-error'?: boolean
}

interface Job {
  if?: string
  permissions?: Record<string, string>
  environment?: { name?: string; deployment?: boolean }
  'timeout-minutes'?: number
  concurrency?: Concurrency
  'continue-on-error'?: boolean
  steps: Step[]
}

interface Concurrency {
  group?: string
  'cancel-in-progress'?: boolean
  queue?: string
}

export interface Workflow extends Source {
  on: Record<string, { types?: string[]; branches?: string[] } | { cron: string }[] | null>
  permissions?: unknown
  concurrency?: Concurrency
  defaults?: { run?: { shell?: string } }
  jobs: Record<string, Job>
}

/** What is wrong with a workflow; nothing, if nothing is. */
export type Rule = (workflow: Workflow) => string[]

export function read(source: Source): Workflow {
  return { ...parseYaml(source.text), ...source }
}

const CREDENTIALS = 'aws-actions/configure-aws-credentials@'
const jobsOf = ({ jobs }: Workflow): [string, Job][] => Object.entries(jobs)
const hasCredentials = ({ steps }: Job): boolean => steps.some(({ uses }) => uses?.startsWith(CREDENTIALS))
/** In what is no text of the script's own. */
const startsDevtool = (script: string): boolean => /(^|[\s/;&|(])devtool(\.js)?\s+[a-z]/.test(script.replaceAll(/"[^"]*"|'[^']*'/g, '""'))
const some = (wrong: boolean, what: string): string[] => (wrong ? [what] : [])

/** In seconds, as the roles of workflows allow it. */
const longestSession = Number(
  /max_session_duration = (\d+)/.exec(readFileSync(path.join(root, 'modules/github-oidc/main.tf'), 'utf8'))?.[1] ?? Number.NaN,
)

/** By the GitHub environment of a job: the most that its token may do. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  preview: ['actions: read', 'contents: read', 'deployments: write', 'id-token: write', 'pull-requests: write'],
  'preview-teardown': ['actions: read', 'contents: read', 'deployments: write', 'id-token: write', 'pull-requests: write'],
  'preview-sweep': ['contents: read', 'id-token: write', 'pull-requests: read'],
  'production-plan': ['contents: read', 'id-token: write', 'issues: write'],
  production: ['actions: read', 'contents: read', 'id-token: write'],
}

export const rules: Readonly<Record<string, Rule>> = {
  'every action is pinned to the commit that is known, with its version beside it [F8]': ({ text }) =>
    [...text.matchAll(/^\s*(?:- )?uses:\s*(.*)$/gm)].flatMap(([, uses = '']) => {
      const [, action = '', commit, version] = /^([\w.-]+\/[\w.-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$/.exec(uses) ?? []
      return some(PINS[action]?.commit !== commit || PINS[action]?.version !== version || commit === undefined, uses)
    }),

  'Terraform is the version and the bytes that are known': ({ text }) => [
    ...[...text.matchAll(/VERSION: "(.*)"/g)].flatMap(([line, value]) => some(value !== TERRAFORM.version, line)),
    ...[...text.matchAll(/SHA256: "(.*)"/g)].flatMap(([line, value]) => some(value !== TERRAFORM.sha256, line)),
    ...some(text.includes('releases.hashicorp.com') && !text.includes('sha256sum --check'), 'nothing verifies the archive'),
    ...some(/setup-terraform|terraform_wrapper/.test(text), 'another way to get it'),
  ],

  'the token has no rights but those that a job names': (workflow) => {
    const top = some(JSON.stringify(workflow.permissions) !== '{}', 'permissions of the workflow')
    return [...top, ...jobsOf(workflow).flatMap(([id, { permissions }]) => some(permissions === undefined, `${id} names none`))]
  },

  'a job has no right that it does not need': (workflow) =>
    jobsOf(workflow).flatMap(([id, job]) => {
      const allowed = hasCredentials(job) ? (RIGHTS[job.environment?.name ?? ''] ?? []) : ['contents: read']
      return Object.entries(job.permissions ?? {}).flatMap(([name, right]) =>
        some(!allowed.includes(`${name}: ${right}`), `${id}: ${name}: ${right}`),
      )
    }),

  'a checkout leaves no token behind': (workflow) =>
    jobsOf(workflow).flatMap(([id, { steps }]) =>
      steps.flatMap((step) =>
        some(step.uses?.startsWith('actions/checkout@') === true && step.with?.['persist-credentials'] !== false, id),
      ),
    ),

  'a script holds no expression': (workflow) =>
    jobsOf(workflow).flatMap(([id, { steps }]) => steps.flatMap(({ run = '' }) => some(run.includes('${{'), `${id}: ${run}`))),

  'scripts run in bash, and fail where a part of them fails': (workflow) => [
    ...some(workflow.defaults?.run?.shell !== 'bash', 'the shell'),
    ...some(/\|\| *(true|:)|set \+e/.test(workflow.text), 'a failure that is passed over'),
    ...jobsOf(workflow).flatMap(([id, job]) =>
      some(
        [job, ...job.steps].some((part) => part['continue-on-error'] !== undefined),
        id,
      ),
    ),
  ],

  'a job with credentials names its GitHub environment, makes no deployment, and has the role of that environment': (workflow) =>
    jobsOf(workflow).flatMap(([id, job]) => {
      const credentials = job.steps.find(({ uses }) => uses?.startsWith(CREDENTIALS))
      if (credentials === undefined) return some(job.environment !== undefined || job.permissions?.['id-token'] !== undefined, id)
      const { name = '', deployment } = job.environment ?? {}
      const known = workflowRoles.find(({ environment }) => environment === name)
      const given = credentials.with?.['role-to-assume']
      return [
        ...some(known === undefined || deployment !== false, `${id}: environment ${name}`),
        ...some(known?.from !== 'pull-request' && 'pull_request' in workflow.on, `${id}: ${name} is for the default branch`),
        ...some(
          given !== `\${{ vars.${known?.variable} }}` || credentials.with?.['aws-region'] !== `\${{ vars.${REGION_VARIABLE} }}`,
          `${id}: ${given}`,
        ),
      ]
    }),

  'a job ends before its credentials do [4]': (workflow) =>
    jobsOf(workflow).flatMap(([id, { 'timeout-minutes': minutes, steps }]) => {
      const durations = steps
        .filter(({ uses }) => uses?.startsWith(CREDENTIALS))
        .map((step) => Number(step.with?.['role-duration-seconds']))
      const fits = (seconds: number): boolean => seconds >= 900 && seconds <= longestSession && seconds >= (minutes ?? Infinity) * 60
      return some(minutes === undefined || !durations.every(fits), `${id}: ${minutes} min, ${durations.join()} s`)
    }),

  'credentials come after all that is not DevTool [4]': (workflow) =>
    jobsOf(workflow).flatMap(([id, { steps }]) => {
      const at = steps.findIndex(({ uses }) => uses?.startsWith(CREDENTIALS))
      if (at === -1) return []
      const [next, ...after] = steps.slice(at + 1)
      const others = [next, ...after].some((step) => step?.uses !== undefined || /npm|curl|node scripts/.test(step?.run ?? ''))
      return some(others || !startsDevtool(next?.run ?? ''), id)
    }),

  'where there are credentials, DevTool takes the place of the shell [F6]': (workflow) =>
    jobsOf(workflow)
      .filter(([, job]) => hasCredentials(job))
      .flatMap(([id, { steps }]) =>
        steps.flatMap(({ run = '' }) =>
          some(startsDevtool(run) && !/^exec \S+( cli\/bin\/devtool\.js)? [^\n;&|]*\n?$/.test(run), `${id}: ${run}`),
        ),
      ),

  'what has credentials is never cancelled by a newer run, and runs for a pull request wait in one queue [F4][9]': (workflow) => {
    const groups = [workflow.concurrency, ...jobsOf(workflow).map(([, job]) => job.concurrency)].filter((each) => each !== undefined)
    const stateful = jobsOf(workflow).some(([, job]) => hasCredentials(job))
    const ofPullRequest = 'pull_request_target' in workflow.on || (stateful && 'pull_request' in workflow.on)
    const wanted = 'devtool-preview-${{ github.event.pull_request.number'
    return [
      ...some(stateful && groups.length === 0, 'no group'),
      ...groups.flatMap((group) => some(stateful && group['cancel-in-progress'] !== false, `${group.group} may be cancelled`)),
      ...groups.flatMap((group) =>
        some(group.queue !== undefined && (group.queue !== 'max' || group['cancel-in-progress'] === true), `${group.queue}`),
      ),
      ...some(
        ofPullRequest && (workflow.concurrency?.queue !== 'max' || !workflow.concurrency.group?.startsWith(wanted)),
        'the group of the pull request',
      ),
    ]
  },

  'with the rights of the repository nothing of a pull request is checked out [17]': (workflow) => {
    if (!('pull_request_target' in workflow.on)) return []
    const { text } = workflow
    const refs = jobsOf(workflow).flatMap(([, { steps }]) =>
      steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')).map((step) => step.with?.['ref']),
    )
    const mentions = text
      .replaceAll('github.event.pull_request.head.repo.full_name == github.repository', '')
      .match(/head\.\w+|head_ref|refs\/pull|merge_commit_sha/g)
    return [...refs.flatMap((ref) => some(typeof ref !== 'string' || ref.includes('${{'), `ref ${ref}`)), ...(mentions ?? [])]
  },

  'a pull request from elsewhere gets no credentials [17]': (workflow) => {
    if (!('pull_request' in workflow.on) && !('pull_request_target' in workflow.on)) return []
    return jobsOf(workflow).flatMap(([id, job]) =>
      some(hasCredentials(job) && job.if?.includes('github.event.pull_request.head.repo.full_name == github.repository') !== true, id),
    )
  },

  'production changes from the default branch alone': (workflow) =>
    jobsOf(workflow).flatMap(([id, { environment, if: condition }]) =>
      some(environment?.name === 'production' && !/github\.ref == 'refs\/heads\/[\w./-]+' &&/.test(condition ?? ''), id),
    ),

  'nothing comes from a cache, a secret or another workflow': ({ text }) =>
    [
      ...text.matchAll(
        /secrets\.|actions\/cache|^\s+cache: |upload-artifact|download-artifact|secrets: inherit|package-manager-cache: true/gm,
      ),
    ].map(([found]) => found),

  'the clock is off the hour': (workflow) => {
    const times = Array.isArray(workflow.on['schedule']) ? workflow.on['schedule'] : []
    return times.flatMap(({ cron }) =>
      some(
        cron
          .split(' ')[0]
          ?.split(',')
          .some((minute) => !/^\d+$/.test(minute) || Number(minute) % 15 === 0) === true,
        cron,
      ),
    )
  },
}
