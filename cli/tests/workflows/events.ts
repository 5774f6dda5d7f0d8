import { readFileSync } from 'node:fs'

/** What starts a run: the event, and the contexts that GitHub makes of it. */
export interface Delivery {
  github: Record<string, unknown> & { event: Record<string, unknown> }
  /** What somebody typed who started the workflow. */
  inputs: Record<string, string>
}

type Payload = Record<string, unknown>
export type Change = (payload: PullRequestPayload) => void

interface Repository {
  full_name: string
}

/** The parts of a payload that tests change. */
export interface PullRequestPayload extends Payload {
  action: string
  number: number
  label?: { name: string }
  sender: { login: string; type: string }
  repository: Repository
  pull_request: {
    number: number
    title: string
    body: string | null
    labels: { name: string }[]
    user: { login: string }
    head: { ref: string; sha: string; label: string; repo: Repository | null }
    base: { ref: string; repo: Repository }
  }
}

export type PullRequestAction = 'labeled' | 'unlabeled' | 'opened' | 'reopened' | 'synchronize' | 'closed'

const MAIN = '6dcb09b5b57875f334f61aebed695e2e4193db5e'

/** GitHub's own example of a payload (fixtures/README.md). */
function example(name: string): Payload {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'))
}

function deliver(event: string, payload: Payload, rest: Payload, inputs: Record<string, string> = {}): Delivery {
  const repository = (payload['repository'] as Repository | undefined)?.full_name ?? 'Codertocat/Hello-World'
  const usual = { event_name: event, repository, actor: 'Codertocat', run_id: '42', run_attempt: '1', token: 'token-of-the-run', sha: MAIN }
  return { github: { ...usual, ref: 'refs/heads/main', ...rest, event: payload }, inputs }
}

/** The label of the example becomes `label`; it is on the pull request as it is after the event. */
export function pullRequest(
  event: 'pull_request' | 'pull_request_target',
  action: PullRequestAction,
  label: string | null,
  change?: Change,
): Delivery {
  const payload = example(`pull_request.${action}`) as PullRequestPayload
  payload.pull_request.labels = label === null || action === 'unlabeled' ? [] : [{ name: label }]
  if (payload.label !== undefined) payload.label.name = label ?? 'bug'
  change?.(payload)
  // the docs of `pull_request_target` name the default branch; `head.ref` is whatever its author chose
  const { head, number } = payload.pull_request ?? {}
  const ref = event === 'pull_request' ? `refs/pull/${number}/merge` : 'refs/heads/main'
  return deliver(event, payload, { ref, head_ref: head?.ref, base_ref: 'main' })
}

/** A payload that is not what it should be. */
export function malformed(event: string, payload: Payload): Delivery {
  return deliver(event, payload, {})
}

export function dispatch(inputs: Record<string, string> = {}, ref = 'refs/heads/main'): Delivery {
  return deliver('workflow_dispatch', { ...example('workflow_dispatch'), inputs }, { ref }, inputs)
}

/** GitHub publishes no example: the documented property is `schedule`. */
export function schedule(cron: string): Delivery {
  return deliver('schedule', { schedule: cron }, {})
}

export function push(ref = 'refs/heads/main'): Delivery {
  return deliver('push', { ...example('push'), ref }, { ref })
}
