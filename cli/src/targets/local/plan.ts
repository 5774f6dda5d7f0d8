import type { Plan, PlannedResource, Root } from '../target.ts'
import { readSpec } from './apply.ts'
import type { Ports } from './ports.ts'
import { type LocalSpec, makeSpec } from './spec.ts'

/** What an apply would start, replace and stop. The code of a checkout may change at any time: replacing is also how it is taken up. */
export async function planLocal(ports: Ports, root: Root): Promise<Plan> {
  const before = await readSpec(ports, root.name)
  const after = makeSpec(root, { variables: before?.inherited ?? {}, expiresAt: null, password: before?.database?.password ?? '' })
  const resources: PlannedResource[] = []
  if (after.database !== null && before?.database == null) resources.push({ address: `database.${after.database.name}`, action: 'create' })
  for (const { name } of after.services) {
    const [old, fresh] = [before, after].map((spec) => fingerprint(spec, name))
    if (old === undefined) resources.push({ address: `service.${name}`, action: 'create' })
    else if (old !== fresh) resources.push({ address: `service.${name}`, action: 'update' })
  }
  for (const { name } of before?.services ?? []) {
    if (fingerprint(after, name) === undefined) resources.push({ address: `service.${name}`, action: 'delete' })
  }
  const count = (action: string): number => resources.filter((resource) => resource.action === action).length
  return { add: count('create'), change: count('update'), destroy: count('delete'), resources }
}

/** Everything that the processes of a service are started with. */
function fingerprint(spec: LocalSpec | undefined, name: string): string | undefined {
  const service = spec?.services.find((candidate) => candidate.name === name)
  if (spec === undefined || service === undefined) return undefined
  return JSON.stringify([service, spec.commit, service.database ? spec.database : null])
}
