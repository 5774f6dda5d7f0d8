import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { FakeGitHub } from '../../github/fake-github.ts'
import type { FakeWorkflowRun } from '../../github/state.ts'
import type { Death } from '../../life/story.ts'
import { type DevtoolResult, startDevtool } from '../../support/cli.ts'
import type { Repository } from './repository.ts'

/** A run of a workflow, on a machine that may go away under it. */
export interface RunnerOptions {
  repository: Repository
  fake: FakeGitHub
  /** The `AWS_*` variables of the emulator. */
  account: Record<string, string>
}

export interface Job {
  args: string[]
  commit: string
  /** What the repository was called when the run was made. */
  name: string
  death: Death | null
}

export interface Done {
  result: DevtoolResult
  /** It was still at work when it was killed. */
  died: boolean
}

/** A cancelled run is asked to stop, and killed when it has not (terraform-automation.md, F6). */
const GRACE_MS = 10_000
/** By it the runner of a workflow finds what a step has started (actions/runner, JobExtension.cs). */
const MARK = 'RUNNER_TRACKING_ID'

let runs = 0

export async function runJob({ repository, fake, account }: RunnerOptions, job: Job): Promise<Done> {
  runs += 1
  const mark = `github_${process.pid}_${runs}`
  const workflowRun: FakeWorkflowRun = { id: runs, attempt: 1, status: 'in_progress', conclusion: null }
  fake.state.workflowRuns.push(workflowRun)
  const checkout = await repository.checkOut(job.commit)
  const env = {
    ...account,
    ...repository.project.environment,
    GITHUB_ACTIONS: 'true',
    GITHUB_API_URL: fake.url,
    GITHUB_TOKEN: fake.rules.token,
    GITHUB_REPOSITORY: job.name,
    GITHUB_RUN_ID: String(runs),
    GITHUB_RUN_ATTEMPT: '1',
    [MARK]: mark,
  }
  const running = startDevtool(job.args, { cwd: checkout.folder, env })
  let ended = false
  let died = false
  const done = running.done.finally(() => {
    ended = true
  })
  const kill = async (): Promise<void> => {
    if (ended) return
    died = true
    await killAll(mark, running.pid)
  }
  const struck = job.death === null ? Promise.resolve() : strike(job.death, () => running.kill('SIGINT'), kill, done)
  const result = await done
  await struck
  await checkout.remove()
  Object.assign(workflowRun, { status: 'completed', conclusion: result.exitCode === 0 ? 'success' : 'failure' })
  return { result, died }
}

async function strike({ at, how }: Death, ask: () => void, kill: () => Promise<void>, done: Promise<unknown>): Promise<void> {
  const controller = new AbortController()
  const wait = (milliseconds: number): Promise<void> => delay(milliseconds, undefined, { signal: controller.signal }).catch(() => undefined)
  void done.finally(() => controller.abort())
  await wait(at)
  if (how === 'cancel') {
    ask()
    await wait(GRACE_MS)
  }
  await kill()
}

/** Kills a run with everything that it started, whatever process group that is in: first it is kept from starting more. */
async function killAll(mark: string, pid: number): Promise<void> {
  signal(pid, 'SIGSTOP')
  for (let marked = await withMark(mark); marked.length > 0; marked = await withMark(mark)) {
    for (const each of marked) signal(each, 'SIGSTOP')
    for (const each of marked) signal(each, 'SIGKILL')
    await delay(5)
  }
  signal(pid, 'SIGKILL')
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // it had ended
  }
}

async function withMark(mark: string): Promise<number[]> {
  const found = await Promise.all(
    (await readdir('/proc')).map(async (entry) => {
      if (!/^\d+$/.test(entry)) return []
      const environ = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '')
      return environ.split('\0').includes(`${MARK}=${mark}`) ? [Number(entry)] : []
    }),
  )
  return found.flat()
}
