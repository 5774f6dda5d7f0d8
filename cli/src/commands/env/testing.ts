import { createHash } from 'node:crypto'
import { type TestContext, testContext } from '../../../tests/support/context.ts'
import type { PlanBasis } from '../../registry/saved-plan.ts'

/** For tests only. */

export const COMMIT = 'c0ffee0000000000000000000000000000000000'
export const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
export const BASIS: PlanBasis = {
  rendering: hash('rendering'),
  lockFile: hash('lock'),
  engine: 'terraform 1.11.4',
  state: { lineage: null, serial: 0 },
}
export const CHANGES = { add: 1, change: 0, destroy: 0, resources: [{ address: 'aws_sqs_queue.mail["a|b"]', action: 'create' }] }

interface Saved {
  plan: { id: string; expiresAt: string; commit: string }
}

export interface PlanWorld extends TestContext {
  /** By `env plan production --save`. */
  save(): Promise<Saved['plan']>
}

/** A checkout with `production` rendered, and something to change in it. */
export async function planWorld(options: Parameters<typeof testContext>[0] = {}): Promise<PlanWorld> {
  const made = await testContext({ head: { branch: 'main', commit: COMMIT }, ...options })
  const { target, run, store } = made
  await run('env', 'create', 'production')
  // as if it had been rendered where the registry could not be reached
  for (const key of await store.list('registry/')) await store.remove(key)
  target.answers.plan = async () => CHANGES
  target.answers.file = () => ({ bytes: new TextEncoder().encode('the plan'), basis: BASIS })
  const save = async (): Promise<Saved['plan']> => {
    const { stdout } = await run('env', 'plan', 'production', '--save', '--json')
    return (JSON.parse(stdout) as Saved).plan
  }
  return { ...made, save }
}
