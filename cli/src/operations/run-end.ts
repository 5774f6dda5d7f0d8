import path from 'node:path'
import type { Context, Place } from '../context.ts'
import { ConflictError, UserError } from '../errors.ts'
import type { GitHub } from '../github/client.ts'
import { type WorkflowRun, workflowRun } from '../github/workflow-run.ts'
import type { Lease, Verdict } from '../registry/lease.ts'
import { lastSeen, SILENCE_MS } from '../registry/lease-object.ts'
import { haveOneMachine } from '../system/processes.ts'

export type EndContext = Pick<Context, 'processes' | 'output' | 'clock' | 'interrupt' | 'variables' | 'github'>

/** The variable that every child of a run carries; a child that outlived the run is known by it. */
export const RUN_VARIABLE = 'DEVTOOL_RUN'
const PATIENCE_MS = 10 * 60_000

/**
 * What can be known of the end of the run that holds a lease: on the same machine by its process, of a run of a workflow by asking GitHub,
 * otherwise nothing. GitHub is asked only if there is something to ask it.
 */
export function judgeEnd(context: EndContext, place: Place): (lease: Lease) => Promise<Verdict> {
  const { processes } = context
  const doubted = new Set<string>()

  return async (lease) => {
    if (haveOneMachine(lease.holder, await processes.self())) {
      if (!(await processes.ended(lease.holder))) return { ended: false }
      await stopChildren(context, lease)
      return { ended: true }
    }
    const { workflow } = lease
    // Runners are made from one image, with its host name and perhaps its machine id: another boot does not mean that this machine was started again.
    if (workflow === null) return { ended: await processes.ended(lease.holder) }
    const verdict = await askGitHub(context, place, workflow)
    return verdict.ended ? waitForSilence(context, lease, doubted) : verdict
  }
}

/** What a run started ends with it: nothing may be changed any more when its lease changes hands. */
export async function stopChildren(context: EndContext, lease: Pick<Lease, 'run' | 'operation'>): Promise<void> {
  const { processes, output, clock } = context
  const children = async (): Promise<{ pid: number; command: string }[]> => processes.withVariable(RUN_VARIABLE, lease.run)
  const isProvider = (command: string): boolean => path.basename(command).startsWith('terraform-provider-')
  const engines = async (): Promise<{ pid: number; command: string }[]> => (await children()).filter((child) => !isProvider(child.command))

  const running = await engines()
  if (running.length > 0) {
    await output.step(`waiting for what the interrupted ${lease.operation} started to stop`, async () => {
      // Terraform stops at one SIGINT, saves what it made and frees its lock; at a second one it would drop everything.
      for (const child of running) processes.signal(child.pid, 'SIGINT')
      const until = clock.now().getTime() + PATIENCE_MS
      while ((await engines()).length > 0) {
        if (clock.now().getTime() > until || context.interrupt.aborted) {
          throw new ConflictError(
            `what the interrupted ${lease.operation} started is still running (process ${running[0]?.pid}, ${running[0]?.command})`,
            { hint: 'wait until it has ended, then run the command again' },
          )
        }
        await clock.sleep(200, context.interrupt)
      }
    })
  }
  // A provider that lost its Terraform may still be creating something; what it makes must not appear after we have looked.
  for (const child of await children()) processes.signal(child.pid, 'SIGKILL')
}

async function askGitHub(context: EndContext, place: Place, workflow: WorkflowRun): Promise<Verdict> {
  const own = workflowRun(context.variables)
  if (own !== undefined && own.id === workflow.id && own.attempt === workflow.attempt && isSame(own.repository, workflow.repository))
    return { ended: false, why: 'that is another job of this very run' }
  try {
    const github = await context.github(place)
    if (!(await isOne(github, github.repository, workflow.repository)))
      return { ended: false, why: `whether it has ended is not known, as only runs of ${github.repository} are looked up` }
    const { status } = await github.runAttempt(workflow.id, workflow.attempt)
    return status === 'completed' ? { ended: true } : { ended: false, why: `GitHub says that it is ${status.replaceAll('_', ' ')}` }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { ended: false, why: `whether it has ended is not known: ${error.message}`, hint: error.hint }
  }
}

/**
 * GitHub calls a run completed when its runner says so, which has then killed what the run had started (actions/runner, JobExtension.cs: by
 * RUNNER_TRACKING_ID); but also ten minutes after it heard of the runner last, or five after a cancellation, whatever runs there still
 * (docs.github.com, workflow cancellation reference; actions/runner#3539). One that is at work renews its lease.
 */
async function waitForSilence({ clock, output, interrupt }: EndContext, lease: Lease, doubted: Set<string>): Promise<Verdict> {
  if (doubted.has(lease.run))
    return { ended: false, why: 'GitHub says that it has ended, but it goes on renewing its lease: its runner has lost touch with GitHub' }
  doubted.add(lease.run)
  const rest = Math.min(SILENCE_MS, SILENCE_MS - (clock.now().getTime() - Date.parse(lastSeen(lease))))
  if (rest > 0) {
    const what = `GitHub says that the run has ended; making sure that its lease is not renewed any more`
    await output.step(what, () => clock.sleep(rest, interrupt))
  }
  // if it was renewed, taking it over fails, and it is judged again
  return interrupt.aborted ? { ended: false } : { ended: true }
}

/** Whether two names are of one repository, which may have been renamed since. */
async function isOne(github: GitHub, one: string, other: string): Promise<boolean> {
  if (isSame(one, other)) return true
  const [now, then] = await Promise.all([github.currentName(one), github.currentName(other)])
  return now !== undefined && then !== undefined && isSame(now, then)
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
