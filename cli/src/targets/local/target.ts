import { UsageError } from '../../errors.ts'
import type { Observer, Target } from '../target.ts'
import { applyLocal } from './apply.ts'
import { closeLocal, destroyLocal } from './destroy.ts'
import { keepLocalUntil } from './keep-until.ts'
import { logsOf } from './logs.ts'
import { observeLocal } from './observe.ts'
import { planLocal } from './plan.ts'
import type { Ports } from './ports.ts'

/** Environments on this machine: processes under a supervisor, behind one router, with a Postgres of the project. */
export function createLocalTarget(ports: Ports): Target {
  return {
    plan: (root) => planLocal(ports, root),
    prepare: async () => undefined,
    planToFile: ({ name }) => refuse(`save a plan of ${name}`),
    findDrift: ({ name }) => refuse(`look for drift in ${name}`),
    apply: (root, _slot, run, hooks) => applyLocal(ports, root, run, hooks),
    destroy: (environment) => destroyLocal(ports, environment),
    keepUntil: (name, expiresAt) => keepLocalUntil(ports, name, expiresAt),
    close: () => closeLocal(ports),
  }
}

function refuse(what: string): Promise<never> {
  return Promise.reject(new UsageError(`could not ${what}: it runs on this machine, where apply is all there is`))
}

export function createLocalObserver(ports: Ports): Observer {
  return {
    observe: (records) => observeLocal(ports, records),
    logs: (request, onLine) => logsOf(ports, request, onLine),
  }
}
