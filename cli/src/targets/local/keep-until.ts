import { startSupervisor } from './client.ts'
import type { Ports } from './ports.ts'

/** The supervisor ends what is past its time, by what it was told; the registry is what counts, and what it asks before it ends anything. */
export async function keepLocalUntil(ports: Ports, name: string, expiresAt: string | null): Promise<void> {
  // a name that was only claimed has nothing that runs
  if (!(await ports.files.exists(ports.place.spec(name)))) return
  await (await startSupervisor(ports)).keepUntil(name, expiresAt)
}
