import type { Environments } from './environments.ts'
import type { SupervisorPorts } from './ports.ts'

/** `setTimeout` counts in 32 bits. */
const LONGEST_MS = 2 ** 31 - 1
const AGAIN_MS = 60_000

/** Removes each environment when its time is over. `look` has to be called when something changed. */
export function keepExpiry(ports: SupervisorPorts, environments: Environments): { look(): void; stop(): void } {
  const { clock, log } = ports
  const expiring = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  const look = (): void => {
    clearTimeout(timer)
    const now = clock.now().getTime()
    let next = Number.POSITIVE_INFINITY
    for (const spec of environments.specs()) {
      if (spec.expiresAt === null || expiring.has(spec.name)) continue
      const due = Date.parse(spec.expiresAt)
      if (due > now) next = Math.min(next, due)
      else void expire(spec)
    }
    if (next !== Number.POSITIVE_INFINITY) timer = setTimeout(look, Math.min(next - now, LONGEST_MS))
  }

  const expire = async (spec: { name: string; project: string; root: string }): Promise<void> => {
    expiring.add(spec.name)
    log(`${spec.name} has reached the end of its time to live`)
    try {
      const later = await ports.expire(spec)
      if (later !== undefined) await environments.keepUntil(spec.name, later)
    } catch (error) {
      log(`${spec.name} could not be removed: ${error instanceof Error ? error.message : String(error)}`)
      // someone works on it right now; the record has its new time then
      await clock.sleep(AGAIN_MS)
    }
    expiring.delete(spec.name)
    look()
  }

  return { look, stop: () => clearTimeout(timer) }
}
