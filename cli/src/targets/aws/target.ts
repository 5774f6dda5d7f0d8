import type { RenderedRoot, Root, Target } from '../target.ts'
import { applyRoot } from './apply.ts'
import { destroyApplied } from './destroy.ts'
import { planRoot } from './plan.ts'
import type { Ports } from './ports.ts'

/** Environments in an AWS account, made and removed by Terraform. */
export function createAwsTarget(ports: Ports): Target {
  return {
    plan: (root, slot, interrupt) => planRoot(ports, rendered(root), slot, interrupt),
    apply: (root, slot, run, hooks) => applyRoot(ports, rendered(root), slot, run, hooks),
    destroy: (environment, run) => destroyApplied(ports, environment, run),
    close: async () => undefined,
  }
}

function rendered(root: Root): RenderedRoot {
  if (root.rendering === null) throw new Error(`${root.name} has no rendering, which target aws works on`)
  return { ...root, rendering: root.rendering }
}
