import { createHash } from 'node:crypto'
import { createTar, parseTar } from 'nanotar'
import * as z from 'zod/mini'
import { NotFoundError, UsageError, UserError } from '../errors.ts'
import type { ObjectStore } from '../system/object-store.ts'

const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/))

/** What a plan was made from. It is applied only while all of it is still so. */
const planBasis = z.object({
  /** SHA-256 over the root as it was rendered, what people put beside it, what is known of the account, and the modules. */
  rendering: sha256,
  /** SHA-256 of `.terraform.lock.hcl`. */
  lockFile: sha256,
  /** `terraform 1.11.4`. */
  engine: z.string(),
  /** Of Terraform's state; null and 0 where there was none. */
  state: z.object({ lineage: z.nullable(z.string()), serial: z.int() }),
})

const manifest = z.extend(planBasis, {
  schema: z.literal(1),
  name: z.string(),
  project: z.string(),
  /** Of the checkout that was planned, in full. */
  commit: z.string(),
  slot: z.int(),
  /** How often the environment had been applied: another apply in between makes the plan stale, also one that was cut off. */
  serial: z.int(),
  /** ISO 8601 in UTC. */
  createdAt: z.string(),
  expiresAt: z.string(),
  changes: z.object({ add: z.int(), change: z.int(), destroy: z.int() }),
})

export type PlanBasis = z.infer<typeof planBasis>
export type PlanManifest = z.infer<typeof manifest>

/** A plan that waits to be applied. The file holds a copy of the state: it is as secret as that. */
export interface SavedPlan {
  /** SHA-256 over what is stored, 64 hexadecimal digits. */
  id: string
  manifest: PlanManifest
  file: Uint8Array
}

export interface SavedPlans {
  save(manifest: PlanManifest, file: Uint8Array): Promise<SavedPlan>
  /** Refuses what is not, byte for byte, what was saved under this id. */
  open(name: string, id: string): Promise<SavedPlan>
  remove(plan: Pick<SavedPlan, 'id' | 'manifest'>): Promise<void>
}

const keyOf = (name: string, id: string): string => `plans/${name}/${id}`
const PARTS = { manifest: 'manifest.json', plan: 'plan.tfplan' }

export function planAgain(name: string): string {
  return `devtool env plan ${name} --save`
}

export function createSavedPlans(store: ObjectStore): SavedPlans {
  return {
    save: async (given, file) => {
      const text = new TextEncoder().encode(`${JSON.stringify(given, null, 2)}\n`)
      const items = [
        { name: PARTS.manifest, data: text },
        { name: PARTS.plan, data: file },
      ]
      const bytes = createTar(items, { attrs: { mtime: 0, mode: '600', uid: 0, gid: 0 } })
      const id = digestOf(bytes)
      await store.putBytes(keyOf(given.name, id), bytes)
      return { id, manifest: given, file }
    },
    open: async (name, id) => {
      if (!/^[0-9a-f]{64}$/.test(id)) {
        throw new UsageError(`could not use the plan ${JSON.stringify(id.slice(0, 80))}: allowed is a SHA-256, 64 hexadecimal digits`, {
          hint: `${planAgain(name)} prints it`,
        })
      }
      const hint = planAgain(name)
      const bytes = await store.getBytes(keyOf(name, id))
      if (bytes === undefined) {
        const where = `${store.location}/${keyOf(name, id)}`
        throw new NotFoundError(`could not find the saved plan ${where}: it was applied, has been removed, or never was`, { hint })
      }
      const found = digestOf(bytes)
      if (found !== id) {
        throw new UserError(`could not use the saved plan ${id} of ${name}: it is not what was saved, its SHA-256 is ${found}`, {
          hint: `find out who can write below plans/ in ${store.location}, then plan again: ${hint}`,
        })
      }
      const parts = unpack(bytes)
      if (parts === undefined) {
        throw new UserError(`could not use the saved plan ${id} of ${name}: another version of devtool saved it`, { hint })
      }
      return { id, ...parts }
    },
    remove: async ({ id, manifest: { name } }) => {
      await store.remove(keyOf(name, id))
    },
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function unpack(bytes: Uint8Array): Pick<SavedPlan, 'manifest' | 'file'> | undefined {
  try {
    const items = parseTar(bytes)
    const dataOf = (name: string): Uint8Array | undefined => items.find((item) => item.name === name)?.data
    const file = dataOf(PARTS.plan)
    const parsed = manifest.safeParse(JSON.parse(new TextDecoder().decode(dataOf(PARTS.manifest))))
    return file === undefined || !parsed.success ? undefined : { manifest: parsed.data, file }
  } catch {
    return undefined
  }
}
