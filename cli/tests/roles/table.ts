import type { RequestContext } from '../emulator/agent/iam/conditions.ts'
import type { Thing } from './things.ts'

export const roleNames = ['preview-apply', 'preview-teardown', 'preview-sweep', 'production-plan', 'production-apply'] as const
export type RoleName = (typeof roleNames)[number]

/** How a request is made, where that matters. */
export interface Given {
  label: string
  context: RequestContext
}

/** One line of the table: who may do it, and by that who may not. */
export interface Entry {
  action: string
  thing: Thing
  roles: readonly RoleName[]
  given?: Given
}

export interface Section {
  title: string
  /** What the section is about, in a sentence or two. */
  text: string
  /** The project whose roles are asked; the first one, unless it says otherwise. */
  project?: string
  /** The roles are asked after somebody gave each of them AdministratorAccess. */
  administrators?: true
  entries: readonly Entry[]
}

export const nobody: readonly RoleName[] = []
export const previews: readonly RoleName[] = ['preview-apply', 'preview-teardown']
export const apply: readonly RoleName[] = ['preview-apply']
export const production: readonly RoleName[] = ['production-plan', 'production-apply']
export const deploy: readonly RoleName[] = ['production-apply']
export const everyone: readonly RoleName[] = [...roleNames]

export const can = (roles: readonly RoleName[], action: string, thing: Thing, given?: Given): Entry => ({
  action,
  thing,
  roles,
  ...(given === undefined ? {} : { given }),
})
