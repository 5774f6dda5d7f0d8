import path from 'node:path'
import { readPlatform } from '../../aws/platform.ts'
import { stateKey } from '../../environment/names.ts'
import { CancelledError, NotFoundError } from '../../errors.ts'
import type { Outcome } from '../../terraform/driver.ts'
import { type TerraformFailure, toError } from '../../terraform/failure.ts'
import { type Applied, ApplyFailure, type ApplyHooks, type PlanFile, type RenderedRoot, type Run } from '../target.ts'
import { writeAccountFile } from './account-file.ts'
import { applyPlanFile, needingAnother, requirePlan } from './apply-plan.ts'
import { forgetEarlierBundles, keepBundle } from './kept-bundle.ts'
import { parseOutputs, presentServices, type RootOutputs, watchedServices } from './outputs.ts'
import type { Ports } from './ports.ts'
import { type ServiceState, waitUntilReady } from './readiness.ts'
import { adoptExisting, forgetAdopted } from './recovery.ts'
import { openSession, type Session } from './session.ts'

/** The provider, which on a fresh machine takes longest to come, depends on nothing that the root runs. */
export async function prepareRoot(ports: Ports, root: RenderedRoot, interrupt: AbortSignal): Promise<void> {
  const directory = path.join(root.repository, root.rendering.directory)
  const run = { id: 'prepare', interrupt }
  const session = await openSession(ports, { name: root.name, directory, stateKey: stateKey(root.document), run })
  await ports.output.step('fetching what Terraform needs', () => session.init(true))
}

export async function applyRoot(
  ports: Ports,
  root: RenderedRoot,
  slot: number,
  run: Run,
  hooks: ApplyHooks,
  plan?: PlanFile,
): Promise<Applied> {
  const directory = path.join(root.repository, root.rendering.directory)
  const session = await openSession(ports, { name: root.name, directory, stateKey: stateKey(root.document), run })
  await writeAccountFile(ports, root, slot)
  await forgetAdopted(ports, directory)
  const [{ lockCompleted }, packed] = await Promise.all([
    ports.output.step('preparing Terraform', () => session.init(true)),
    keepBundle(ports, root),
  ])
  const bundle = lockCompleted ? await keepBundle(ports, root) : packed
  await session.clearRemains()

  if (plan !== undefined) await requirePlan(ports, session, root, plan, run)
  else if (run.unclean) await adoptExisting(ports, session, root.name)
  await hooks.onChanging(bundle)
  // what looks at the services loads while Terraform works
  const prepared = Promise.all([ports.aws.ecs(), ports.aws.elb()])
  let outcome = await change(ports, session, root.name, hooks, plan)
  // Something may have been made by a run of which no trace is left but the thing itself.
  if (plan === undefined && outcome.failure?.kind === 'already-exists' && (await adoptExisting(ports, session, root.name)).length > 0) {
    await hooks.onChanging(bundle)
    outcome = await change(ports, session, root.name, hooks)
  }
  await prepared
  await forgetAdopted(ports, directory)
  if (outcome.failure !== null) {
    await requirePlatform(ports, root)
    throw plan === undefined ? applyFailure(outcome.failure, root) : needingAnother(applyFailure(outcome.failure, root), root.name)
  }
  await forgetEarlierBundles(ports, root.name, bundle)

  const changed = outcome.resources.map((resource) => resource.address)
  if (root.document.template === 'platform') return { changed, url: null, services: [] }
  return { changed, ...(await settle(ports, root, run, parseOutputs(outcome.outputs))) }
}

async function change(ports: Ports, session: Session, name: string, hooks: ApplyHooks, plan?: PlanFile): Promise<Outcome> {
  const outcome = await session.change(`applying ${name}`, (options) =>
    plan === undefined ? session.terraform.apply(options) : applyPlanFile(ports, session, plan, options),
  )
  if (outcome.stateSaved && outcome.rescuedState === null) await hooks.onSettled()
  return outcome
}

async function settle(ports: Ports, root: RenderedRoot, run: Run, outputs: RootOutputs): Promise<Omit<Applied, 'changed'>> {
  const states = await waitUntilReady({ ...ports, interrupt: run.interrupt }, watchedServices(outputs))
  const stateOf = (name: string): ServiceState | undefined => states.find((state) => state.name === name)
  const services = presentServices(outputs, root.document, (name) => {
    const status = stateOf(name)?.status
    return status === undefined ? null : status === 'pending' ? 'starting' : status
  })
  const bad = states.find((state) => state.status === 'failed') ?? states.find((state) => state.status === 'pending')
  if (bad === undefined) return { url: outputs.url, services }
  const message = bad.reason ?? `it did not become ready: ${bad.running} of ${bad.desired} tasks run`
  const lines = [...bad.lastLines]
  throw new ApplyFailure(
    [`could not bring up ${bad.name} of ${root.name}: ${message}`, ...lines.map((line) => `  ${line}`)].join('\n'),
    {
      phase: 'readiness',
      resource: bad.name,
      message,
      lines,
    },
    {
      hint: `mend it and run devtool env apply ${root.name} again, or remove it: devtool env destroy ${root.name}`,
      seen: { url: outputs.url, services },
    },
  )
}

function applyFailure(failure: TerraformFailure, root: RenderedRoot): Error {
  const { name } = root
  const error = toError(failure, name)
  if (error instanceof CancelledError) return error
  const tail = failure.lines.filter((line) => !isRepeated(line, failure)).slice(-8)
  const message = [error.message, ...tail.map((line) => `  ${line}`)].join('\n')
  return new ApplyFailure(
    message,
    { phase: failure.phase, resource: failure.resource, message: failure.message, lines: tail },
    {
      hint: error.hint ?? nextStep(root),
      cause: error,
    },
  )
}

function nextStep({ name, document }: RenderedRoot): string {
  if (document.template === 'platform') return 'devtool bootstrap goes on from here'
  return `devtool env apply ${name} goes on from here; devtool env destroy ${name} removes it`
}

/** Terraform says the same thing as its summary and, at more length, as its detail. */
function isRepeated(line: string, failure: TerraformFailure): boolean {
  const start = failure.message.slice(0, 60)
  return line.startsWith(start) || line.startsWith(`${failure.resource}: ${start}`)
}

/** A preview stands on the platform; without it what fails is a data source, in words that help nobody. */
async function requirePlatform(ports: Ports, root: RenderedRoot): Promise<void> {
  if (root.document.template !== 'preview') return
  if ((await readPlatform(ports.aws, ports.project)) !== undefined) return
  throw new NotFoundError(`could not apply ${root.name}: there is no platform of ${ports.project} in this account and region`, {
    hint: 'devtool bootstrap',
  })
}
