import { environmentNameAllowed, environmentNamePattern } from '../blueprint/forms.ts'
import { hashNumber } from './hash.ts'

/** Names that no environment may have: `platform` is the shared ground, `constructor` is a property of every object. */
const reservedNames: readonly string[] = ['platform', 'constructor']

const slotMinimum = 1
const slotMaximum = 999
/** Listener-rule priorities run from 1 to 50000: 999 slots of 50 fit. */
export const prioritiesPerSlot = 50

export function isReservedName(name: string): boolean {
  return reservedNames.includes(name)
}

/** What is allowed instead of a name that an environment may not have; `undefined` for one that it may. */
export function refuseName(name: string): string | undefined {
  if (!environmentNamePattern.test(name)) return environmentNameAllowed
  return isReservedName(name) ? `a name other than ${reservedNames.join(' and ')}, which are reserved` : undefined
}

/**
 * The name of an AWS resource, `<project>-<petname>-<thing>`: lower-case letters, digits and single hyphens, at most `limit` long.
 * A name that is too long, or that holds other characters, is cut and ends with four characters of the hash of the whole.
 */
export function awsName(limit: number, ...parts: string[]): string {
  if (limit < 8) throw new RangeError(`a limit of ${limit} leaves no room for a name and its hash`)
  const whole = parts.join('-')
  const clean = trimHyphens(whole.toLowerCase().replace(/[^a-z0-9]+/g, '-'))
  if (clean === whole && whole.length > 0 && whole.length <= limit) return whole
  const head = trimHyphens(clean.slice(0, limit - 5))
  return head === '' ? shortHash(whole) : `${head}-${shortHash(whole)}`
}

/** The database of an environment on the shared instance, an identifier of Postgres (63 bytes); its owner is `<that>_owner`. */
export function databaseName(project: string, name: string): string {
  return `${project}_${name}`.replaceAll('-', '_')
}

/** Where the Terraform state of an environment is in the state bucket: production is out of reach of a role that may touch previews. */
export function stateKey(environment: { name: string; template: string; pinned: boolean }): string {
  if (environment.template === 'platform') return 'state/platform.tfstate'
  return `state/${environment.pinned ? 'pinned' : 'preview'}/${environment.name}.tfstate`
}

/** The priority of a listener rule: `index` counts the routed services of an environment, longest route first. */
export function listenerPriority(slot: number, index: number): number {
  if (!Number.isInteger(slot) || slot < slotMinimum || slot > slotMaximum)
    throw new RangeError(`slot ${slot} is not within ${slotMinimum} and ${slotMaximum}`)
  if (!Number.isInteger(index) || index < 0 || index >= prioritiesPerSlot) throw new RangeError(`index ${index} does not fit into a slot`)
  return slot * prioritiesPerSlot + index
}

function trimHyphens(name: string): string {
  return name.replace(/^-+|-+$/g, '')
}

/** Four characters of [a-z0-9]: 1.7 million values, enough for the few names that share a cut head. */
function shortHash(text: string): string {
  return (hashNumber(text) % 36 ** 4).toString(36).padStart(4, '0')
}
