import type { RenderedRoot, Root, Target } from '../target.ts'
import { applyRoot, prepareRoot } from './apply.ts'
import { destroyApplied } from './destroy.ts'
import { findDrift } from './drift.ts'
import { planRoot, planToFile } from './plan.ts'
import type { Ports } from './ports.ts'

/** Environments in an AWS account, made and removed by Terraform. */
export function createAwsTarget(ports: Ports): Target {
  return {
    plan: (root, slot, interrupt) => planRoot(ports, rendered(root), slot, interrupt),
    planToFile: (root, slot, request) => planToFile(ports, rendered(root), slot, request),
    prepare: (root, interrupt) => prepareRoot(ports, rendered(root), interrupt),
    apply: (root, slot, run, hooks, plan) => applyRoot(ports, rendered(root), slot, run, hooks, plan),
    findDrift: (applied, interrupt) => findDrift(ports, applied, interrupt),
    destroy: (environment, run) => destroyApplied(ports, environment, run),
    keepUntil: async () => undefined,
    close: async () => undefined,
  }
}

function rendered(root: Root): RenderedRoot {
  if (root.rendering === null) throw new Error(`${root.name} has no rendering, which target aws works on`)
  return { ...root, rendering: root.rendering }
}
