import type { Context } from '../context.ts'
import { CancelledError, UsageError } from '../errors.ts'
import type { Root } from '../targets/target.ts'
import type { Project } from './project.ts'

type ConfirmContext = Pick<Context, 'output' | 'prompt'>

/** What applying a root is about to do. */
export function intentOf({ name, document, rendering }: Root, { root, blueprint }: Project): string {
  if (rendering === null) return `this runs ${name} on this machine, from ${root}`
  return `this applies ${rendering.directory} to the account: template ${document.template}, region ${blueprint.region}`
}

/** Says what is about to change and, where a person is there, asks. `--yes` skips the question. */
export async function confirm(context: ConfirmContext, request: { intent: string; yes: boolean }): Promise<void> {
  context.output.info(request.intent)
  if (request.yes || !context.prompt.interactive) return
  const answer = await context.prompt.ask('go on? [y/N] ')
  if (!/^y(es)?$/i.test(answer)) throw new CancelledError('declined: nothing was changed')
}

/** As `confirm`, for what cannot be undone: asks for the name, and without a person to ask needs `--yes`. */
export async function confirmDestruction(context: ConfirmContext, request: { intent: string; name: string; yes: boolean }): Promise<void> {
  context.output.info(request.intent)
  if (request.yes) return
  if (!context.prompt.interactive) {
    throw new UsageError(`could not ask whether to destroy ${request.name}: there is no terminal`, {
      hint: `devtool env destroy ${request.name} --yes`,
    })
  }
  const answer = await context.prompt.ask(`type ${request.name} to destroy it: `)
  if (answer !== request.name) throw new CancelledError('declined: nothing was changed')
}
